"""What people write for the words of the language: words of other languages, of other tools, and Chinese ones."""

from collections.abc import Mapping

#: Operators in words: the terminal, and what is written here. They are understood where an operator may stand.
OPERATORS: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(("equals", "eq", "等于", "是", "为"), ("COMPARE", "==")),
    **dict.fromkeys(("ne", "neq", "不等于", "不是", "不为"), ("COMPARE", "!=")),
    **dict.fromkeys(("gt", "大于", "超过", "高于"), ("COMPARE", ">")),
    **dict.fromkeys(("gte", "ge", "大于等于", "不小于", "不低于"), ("COMPARE", ">=")),
    **dict.fromkeys(("lt", "小于", "低于"), ("COMPARE", "<")),
    **dict.fromkeys(("lte", "le", "小于等于", "不大于", "不超过"), ("COMPARE", "<=")),
    **dict.fromkeys(("且", "并且", "而且", "和"), ("AND", "and")),
    **dict.fromkeys(("或", "或者"), ("OR", "or")),
    **dict.fromkeys(("包含", "includes", "含有"), ("CONTAINS", "contains")),
    **dict.fromkeys(("匹配",), ("MATCHES", "matches")),
    **dict.fromkeys(("属于", "IN", "In"), ("IN", "in")),
    **dict.fromkeys(("IS", "Is"), ("IS", "is")),
    **dict.fromkeys(("NOT", "Not"), ("NOT", "not")),
    **dict.fromkeys(("AND", "And"), ("AND", "and")),
    **dict.fromkeys(("OR", "Or"), ("OR", "or")),
    **dict.fromkeys(("CONTAINS", "Contains"), ("CONTAINS", "contains")),
    **dict.fromkeys(("MATCHES", "Matches"), ("MATCHES", "matches")),
}

#: The one keyword that a word stands for, where that keyword may stand.
SYNONYMS: Mapping[str, str] = {
    word: keyword
    for keyword, words in {
        "when": "if where 当 如果 若 条件",
        "otherwise": "else default fallback 否则 其他 其余",
        "rule": "case 规则",
        "assign": "give allocate 分配 指派 派给 派单",
        "delegate": "forward handover 转交 委派",
        "notify": "inform tell send email mail sms 通知",
        "remind": "nudge 提醒 催办",
        "tag": "label mark 标签",
        "set": "change 设置 设为",
        "queue": "队列",
        "attach": "附加",
        "not": "非",
        "having": "with requiring 具备",
        "prefer": "sort order preferring 优先",
        "fewest": "least lowest fewer smallest 最少",
        "most": "largest more 最多",
        "highest": "best 最高",
        "nearest": "closest nearby 最近",
        "engineer": "technician worker 工程师",
        "team": "group 班组 团队",
        "role": "角色",
        "manager": "boss supervisor leader 经理 上级",
        "assignee": "owner 负责人 处理人",
        "customer": "client 客户",
        "present": "known given 存在",
        "missing": "unknown absent empty blank null none nil unset 空 缺失",
        "contains": "containing like has",
        "matches": "regex regexp match",
        "zone": "timezone tz time_zone 时区",
        "holidays": "holiday 节假日 法定节假日",
        "daily": "everyday always 每天",
        "closed": "shut 休息",
        "mon": "monday Monday 周一 星期一",
        "tue": "tuesday Tuesday tues 周二 星期二",
        "wed": "wednesday Wednesday 周三 星期三",
        "thu": "thursday Thursday thur thurs 周四 星期四",
        "fri": "friday Friday 周五 星期五",
        "sat": "saturday Saturday 周六 星期六",
        "sun": "sunday Sunday 周日 周天 星期日 星期天",
        "required": "mandatory 必填",
        "require": "requires needs demands 要求",
        "for": "适用",
        "within": "in under inside",
        "in": "on during at",
        "on": "by using",
        "pause": "suspend hold 暂停",
        "respond": "response reply 响应",
        "arrive": "arrival 到场",
        "resolve": "resolution 解决",
        "every": "each 每",
        "after": "之后",
        "before": "之前",
        "by": "from",
        "runs": "times 次",
        "approval": "approve 审批",
        "verifier": "verify 验收人",
        "evidence": "proof 凭证",
        "method": "means 方法",
        "expect": "assert should 期望",
        "given": "suppose assuming 假设 给定",
        "move": "transition goto",
    }.items()
    for word in words.split()
}

#: What begins the condition of a rule, or of whatever it is elsewhere; that of a whole block begins with `for`.
CONDITIONAL = frozenset({"when", *(word for word, keyword in SYNONYMS.items() if keyword == "when")})

#: The kind of block that a word stands for.
KINDS_MEANT: Mapping[str, str] = {
    word: kind
    for kind, words in {
        "calendar": "日历 工作日历 schedule",
        "form": "表单 工单表单",
        "flow": "流程 workflow",
        "sla": "SLA 服务级别",
        "dispatch": "派单 routing assignment",
        "escalation": "升级 escalate",
        "acceptance": "验收",
        "care": "维保",
        "test": "测试 规则测试",
    }.items()
    for word in words.split()
}

#: Words between others that say nothing here.
NEEDLESS = frozenset({"then", "to", "the", "a", "an", "is", "be", "and", "also", "please"})

#: What stands for nothing at all, where a value should.
NOTHING = frozenset({"null", "none", "nil", "empty", "blank", "undefined", "unset", "NULL", "None", "空"})
#: Of these the meaning is near, and not the same.
UNSURE = frozenset({"like", "has", "match", "unknown", "known", "sort", "order", "best", "from", "change", "case"})

#: The kinds of fields for the types of other languages.
FIELD_KINDS: Mapping[str, str] = {
    word: kind
    for kind, words in {
        "text": "string str varchar 文本",
        "number": "float double decimal 数字",
        "integer": "int long 整数",
        "percent": "percentage 百分比",
        "date": "day 日期",
        "instant": "datetime timestamp 时间",
        "truth": "bool boolean 是否",
        "evidence": "photo image picture file video attachment 凭证 附件",
    }.items()
    for word in words.split()
}
