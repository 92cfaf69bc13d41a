"""What stands in a mail, and to whom it goes."""

from email import message_from_bytes
from email.policy import default
from pathlib import Path

from email_channel import MESSAGE, mailer
from email_server import Inbox

from svcctl.plugin_api import Delivery, Person
from svcctl.testing.notifier import deliver


def test_a_mail_is_text_and_html(port: int, ca: Path, inbox: Inbox) -> None:
    receipt = deliver(mailer(port, ca, sender_name="售后, service", reply_to="desk@example.com"), MESSAGE)
    assert (receipt.outcome, receipt.remote_id) == ("delivered", "<0123456789abcdef0123456789abcdef@example.com>")
    assert inbox.mails[0][0] == ["wu@example.org"]
    mail = inbox.last()
    assert mail["Subject"] == "[T-000042] 门禁黑屏"
    assert mail["From"].addresses[0].display_name == "售后, service"
    assert (mail["To"], mail["Reply-To"]) == ("wu@example.org", "desk@example.com")
    assert mail["Date"].datetime == MESSAGE.created_at
    assert mail["Auto-Submitted"] == "auto-generated"
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content() == MESSAGE.text + "\n"
    assert "<p>the screen is &lt;black&gt;<br>\nafter rain</p>\n<p>客户很急</p>" in html.get_content()


def test_the_mails_of_a_ticket_are_a_thread(port: int, ca: Path, inbox: Inbox) -> None:
    notifier = mailer(port, ca)
    for key, ticket in (("k1", "T-000001"), ("k2", "T-000001"), ("k3", "T-000002")):
        deliver(notifier, MESSAGE.replace(key=key, ticket=ticket, urgent=True))
    mails = [message_from_bytes(content, policy=default) for _, content in inbox.mails]
    assert [mail["Message-ID"] for mail in mails] == ["<k1@example.com>", "<k2@example.com>", "<k3@example.com>"]
    roots = [mail["References"] for mail in mails]
    assert roots == [mail["In-Reply-To"] for mail in mails]
    assert roots == ["<T-000001.ticket@example.com>"] * 2 + ["<T-000002.ticket@example.com>"]
    assert mails[0]["Importance"] == "high"


def test_a_repeat_is_the_same_mail(port: int, ca: Path, inbox: Inbox) -> None:
    notifier = mailer(port, ca)
    rendered = notifier.render(MESSAGE)
    for attempt in (1, 2):
        notifier.deliver(Delivery(rendered, MESSAGE.key, attempt))
    assert inbox.mails[0] == inbox.mails[1]


def test_somebody_without_an_address_is_told_by_the_fallback(port: int, ca: Path, inbox: Inbox) -> None:
    nobody = MESSAGE.replace(to=Person("role", "duty manager"))
    assert deliver(mailer(port, ca), nobody).code == "no-address"
    assert deliver(mailer(port, ca, fallback=["desk@example.com"]), nobody).outcome == "delivered"
    assert inbox.mails[0][0] == ["desk@example.com"]
