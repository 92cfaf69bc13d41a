"""Twenty different mistakes in one file are twenty errors, each on its place."""

from collections.abc import Callable

from svcctl.foundation.source import Source
from svcctl.language.checker import check_rules
from svcctl.language.parser import parse_rules
from svcctl.language.vocabulary import Vocabulary
from svcctl.report.diagnostics import print_diagnostics

#: Every mistake stands between «», and its code is in the comment that ends its line.
TWENTY = """\
calendar cn { zone "Asia/Shanghai"  mon..fri 09:00-18:00 }
calendar us {
  zone «"America/New_Yrok"»                             # unknown-zone
  mon..fri 09:00-17:00
  «fri 16:00-20:00»                                     # overlapping-hours
}
form fault {
  serial   text required
  noise    quantity «db»                                # unknown-unit
  «serial» number                                       # duplicate-field
}
flow onsite {
  new -> assigned -> done
  to «asigned» require check_in                         # unknown-state
  to done require «cause.rot»                           # unknown-need
}
sla gold {
  for «prioritty» == urgent                             # unknown-field
  «respond within 4bh»                                  # no-calendar
  resolve within 2bd on «cm»                            # unknown-calendar
}
dispatch intake first {
  rule first  { when priority == «urgnet»  tag a }      # unknown-value
  rule second { when «mode» < remote  tag b }           # not-ordered
  rule third  { when «age.business» > 24h  tag c }      # clock-mismatch
  rule fourth { when plan.cost > «5000»  tag d }        # missing-unit
  rule «first» { tag e }                                # duplicate-id
  rule fifth  { assign engineer from team «hardwear» }  # unknown-team
  rule sixth  { when «priority» contains "x"  tag f }   # not-text
  rule seventh { delegate «nowhere» }                   # unknown-dispatch
  otherwise { set «title» "x" }                         # not-settable
}
escalation waiting {
  while state == new
  after 1h { «attach 3 similar by product.model» }      # verb-not-here
}
acceptance quiet {
  require r { max(«reopened») < 3 }                     # not-measured
}
"""


def test_twenty_mistakes_in_one_file_are_twenty_errors(
    vocabulary: Vocabulary, golden: Callable[[str, str], None]
) -> None:
    expected, text, line_start = [], "", 0
    for line in TWENTY.splitlines(keepends=True):
        plain = line.replace("«", "").replace("»", "")
        if "«" in line:
            code = line.rpartition("# ")[2].strip()
            start = line_start + line.index("«")
            expected.append((code, start, start + line.index("»") - line.index("«") - 1))
        text += plain
        line_start += len(plain)
    assert len({code for code, _, _ in expected}) == 20

    source = Source("rules/all.rules", text)
    module, unread = parse_rules(source)
    assert unread == ()
    _, found = check_rules([module], vocabulary)
    assert [(one.code, one.primary.span.start, one.primary.span.end) for one in found] == expected
    assert all(one.is_error for one in found)
    golden("diagnostics/twenty.txt", print_diagnostics(found, {source.name: source}))
