"""Make a file of service requests as a maker of site access control would export them from its old system.

The same seed gives the same file. Volumes follow the working day and fall at weekends, faults cluster on wet days and
in one batch, repair times are log-normal, and a few rows are broken the way that real exports are.

    python generate.py --rows 5000 --seed 20261012 > requests.csv
"""

import argparse
import csv
import math
import random
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TextIO

COLUMNS = (
    "工单号", "受理时间", "渠道", "客户", "区域", "产品线", "型号", "批次", "故障类型", "故障描述", "湿度", "紧急程度",
    "状态", "响应时间", "承诺完成", "完成时间", "关闭时间", "满意度",
)  # fmt: skip

_START = datetime(2026, 5, 6)
_DAYS = 150
_CHANNELS = (("电话", 42), ("微信", 31), ("网页", 12), ("邮件", 9), ("巡检", 6))
_REGIONS = (("北京", 22), ("上海", 20), ("广东", 24), ("浙江", 14), ("四川", 11), ("湖北", 9))
_FIRMS = ("中建", "城建", "路桥", "铁建", "市政", "宏达", "远航", "安居")
_UNITS = ("一局", "二局", "三公司", "五公司", "项目部", "集团", "分公司")
_MODELS = (("FT-200", "人脸终端", 46), ("FT-300", "人脸终端", 27), ("GT-10", "翼闸", 17), ("CT-5", "控制器", 10))
_TYPES = {
    "硬件故障": (("黑屏", "开机无显示", "屏幕花屏", "识别灯不亮", "通电无反应", "门禁黑屏，重启无效"), 34, 20.0),
    "软件缺陷": (("人脸识别超时", "考勤记录未上传", "App 闪退", "时间不同步"), 22, 9.0),
    "异常噪音": (("风扇异响", "闸机电机噪音大", "运行有尖锐声"), 8, 26.0),
    "安装调试": (("新工地安装", "设备迁移后调试", "网络改造后重新配置"), 16, 30.0),
    "退换货": (("到货外壳破损", "型号发错", "备件不匹配"), 7, 48.0),
    "投诉": (("多次报修未解决", "工程师未按时到场", "态度问题"), 5, 12.0),
    "咨询": (("如何导出考勤", "如何增加管理员", "保修期查询"), 8, 2.0),
}
_CSAT = (("非常满意", 30), ("满意", 41), ("一般", 17), ("不满意", 8), ("非常不满意", 4))


def _pick(chance: random.Random, weighted: tuple[tuple[str, int], ...]) -> str:
    return chance.choices([name for name, _ in weighted], [weight for _, weight in weighted])[0]


def _moment(chance: random.Random) -> datetime:
    while True:
        day = _START + timedelta(days=chance.randrange(_DAYS))
        if day.weekday() < 5 or chance.random() < 0.3:
            hour = min(23, max(0, int(chance.gauss(13.0, 3.6))))
            return day + timedelta(hours=hour, minutes=chance.randrange(60), seconds=chance.randrange(60))


def rows(count: int, seed: int) -> Iterator[dict[str, str]]:
    """`count` requests in order of time; about one in 200 is broken."""
    chance = random.Random(seed)
    moments = sorted(_moment(chance) for _ in range(count))
    end = moments[-1] + timedelta(days=1)
    for number, reported in enumerate(moments, 1):
        yield _row(chance, number, reported, end)


def _row(chance: random.Random, number: int, reported: datetime, end: datetime) -> dict[str, str]:
    kind = _pick(chance, tuple((name, weight) for name, (_, weight, _) in _TYPES.items()))
    symptoms, _, hours = _TYPES[kind]
    model, line, _ = chance.choices(_MODELS, [weight for _, _, weight in _MODELS])[0]
    wet = 0.5 + 0.5 * math.sin(reported.timetuple().tm_yday / 19.0)
    humidity = min(99, max(28, int(chance.gauss(48 + 38 * wet, 9))))
    batch = f"{model.split('-')[0]}26{chance.randrange(1, 5):02d}"
    if kind == "硬件故障" and model == "FT-200" and humidity > 70 and chance.random() < 0.6:
        batch = "FT2603"
    urgency = chance.choices(("高", "中", "低"), (22, 55, 23))[0]
    promise = reported + timedelta(hours={"高": 24, "中": 72, "低": 120}[urgency])
    answered = reported + timedelta(minutes=chance.lognormvariate(3.4, 1.0))
    done = answered + timedelta(hours=hours * chance.lognormvariate(0.0, 0.75))
    closed = done + timedelta(hours=chance.lognormvariate(2.6, 0.8))
    state = "已关闭" if closed < end else "已解决" if done < end else "处理中" if answered < end else "新建"
    row = {
        "工单号": f"WX{reported:%Y%m}{number:05d}",
        "受理时间": f"{reported:%Y/%m/%d %H:%M:%S}",
        "渠道": _pick(chance, _CHANNELS),
        "客户": chance.choice(_FIRMS) + chance.choice(_UNITS),
        "区域": _pick(chance, _REGIONS),
        "产品线": line,
        "型号": model,
        "批次": batch,
        "故障类型": kind,
        "故障描述": chance.choice(symptoms) + chance.choice(("", "，请尽快处理", "，影响工人进场", "，已重启仍不行")),
        "湿度": f"{humidity}%" if kind in ("硬件故障", "异常噪音") else "",
        "紧急程度": urgency,
        "状态": state,
        "响应时间": f"{answered:%Y/%m/%d %H:%M:%S}" if answered < end else "",
        "承诺完成": f"{promise:%Y/%m/%d %H:%M:%S}" if chance.random() < 0.93 else "",
        "完成时间": f"{done:%Y/%m/%d %H:%M:%S}" if done < end else "",
        "关闭时间": f"{closed:%Y/%m/%d %H:%M:%S}" if closed < end else "",
        "满意度": _pick(chance, _CSAT) if closed < end and chance.random() < 0.6 else "",
    }
    flaw = chance.random()
    if flaw < 0.002:
        row["受理时间"] = f"{reported:%m月%d日}"
    elif flaw < 0.004:
        row["渠道"] = "传真"
    elif flaw < 0.005:
        row["湿度"] = "潮湿"
    return row


def write(file: TextIO, count: int, seed: int) -> None:
    """Write the requests as CSV."""
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows(count, seed))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Make a file of service requests.")
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=20261012)
    arguments = parser.parse_args()
    write(sys.stdout, arguments.rows, arguments.seed)
