"""One mail by SMTP (RFC 5321), and what became of it: 4xx is later, 5xx is never, an answer that is lost is unknown."""

import smtplib
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from svcctl.plugin_api import Receipt, Record, reason


class MailServer(Record):
    """Where mail is handed in. `ca` is a file of certificates to trust instead of the system's."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    user: str | None
    password: str | None
    ca: Path | None
    seconds: float

    @property
    def place(self) -> str:
        return f"{self.host}:{self.port}"


class Unsent(Exception):
    """Nobody was sent the mail, or nobody knows; `receipt` says which."""

    def __init__(self, receipt: Receipt) -> None:
        super().__init__(receipt.text)
        self.receipt = receipt


def reach(server: MailServer) -> None:
    """Connect and authenticate, and send nothing. Raises Unsent."""
    with _session(server) as smtp:
        smtp.noop()


def send(server: MailServer, sender: str, receivers: Sequence[str], mail: bytes) -> Mapping[str, str]:
    """Hand in one mail; those of the receivers whom the server refused, and why. Raises Unsent where it took nobody."""
    with _session(server) as smtp:
        size = [f"size={len(mail)}"] if smtp.has_extn("size") else []
        code, words = smtp.mail(sender, size)
        if code != 250:
            raise Unsent(_by_code(code, words, f"the sender {sender} was refused"))
        answers = {receiver: smtp.rcpt(receiver) for receiver in receivers}
        refused = {receiver: answer for receiver, answer in answers.items() if answer[0] not in (250, 251)}
        if len(refused) == len(answers):
            raise Unsent(_nobody(refused))
        try:
            code, words = smtp.data(mail)
        except smtplib.SMTPDataError as failed:
            raise Unsent(_by_code(failed.smtp_code, failed.smtp_error, "the mail was refused")) from None
        except (smtplib.SMTPException, OSError) as failed:
            what = f"sent, but no answer came: {reason(failed)}"
            raise Unsent(Receipt.unknown(what, code="no-answer")) from None
        if code != 250:
            raise Unsent(_by_code(code, words, "the mail was refused"))
        return {receiver: f"{code} {_plain(words)}" for receiver, (code, words) in refused.items()}


@contextmanager
def _session(server: MailServer) -> Iterator[smtplib.SMTP]:
    """A connection that is encrypted and authenticated as the server's settings say."""
    smtp = None
    try:
        smtp = _connected(server)
        if server.user is not None and server.password is not None:
            smtp.login(server.user, server.password)
        yield smtp
    except smtplib.SMTPAuthenticationError as failed:
        raise Unsent(_by_code(failed.smtp_code, failed.smtp_error, "the user or password was refused")) from None
    except smtplib.SMTPNotSupportedError as failed:
        raise Unsent(Receipt.rejected(f"the server cannot do what is needed: {failed}", code="not-offered")) from None
    except smtplib.SMTPResponseException as failed:
        raise Unsent(_by_code(failed.smtp_code, failed.smtp_error, "the server refused")) from None
    except ssl.SSLError as failed:
        raise Unsent(Receipt.retry(_unsafe(server, failed), code="tls")) from None
    except (smtplib.SMTPException, OSError, UnicodeError) as failed:
        what = f"no connection to {server.place}: {reason(failed)}"
        raise Unsent(Receipt.retry(what, code="no-connection")) from None
    finally:
        if smtp is not None:
            # What was said is said: a server that does not take leave changes nothing.
            with suppress(smtplib.SMTPException, OSError):
                smtp.quit()
            smtp.close()


def _connected(server: MailServer) -> smtplib.SMTP:
    if server.security == "tls":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=server.seconds, context=_trust(server))
    else:
        smtp = smtplib.SMTP(server.host, server.port, timeout=server.seconds)
    try:
        if server.security == "starttls":
            smtp.starttls(context=_trust(server))
        smtp.ehlo_or_helo_if_needed()
    except BaseException:
        smtp.close()
        raise
    return smtp


def _trust(server: MailServer) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=server.ca)


def _unsafe(server: MailServer, failed: ssl.SSLError) -> str:
    what = f"no safe connection to {server.place}: {reason(failed)}"
    return f"{what}; without TLS from the first byte `security` is `starttls`" if _is_plain(server, failed) else what


def _is_plain(server: MailServer, failed: ssl.SSLError) -> bool:
    """Whether the server spoke in the clear where TLS was to begin at once."""
    return server.security == "tls" and failed.reason == "WRONG_VERSION_NUMBER"


def _nobody(refused: Mapping[str, tuple[int, bytes]]) -> Receipt:
    """The receipt where every receiver was refused: later where it may be later for one of them."""
    words = "; ".join(f"{receiver}: {code} {_plain(text)}" for receiver, (code, text) in refused.items())
    code = min(code for code, _ in refused.values())
    made = Receipt.retry if _is_temporary(code) else Receipt.rejected
    return made(f"every receiver was refused: {words}", code=str(code))


def _by_code(code: int, words: bytes | str, what: str) -> Receipt:
    made = Receipt.retry if _is_temporary(code) else Receipt.rejected
    return made(f"{what}: {_plain(words)}", code=str(code))


def _is_temporary(code: int) -> bool:
    """4xx; and -1, by which smtplib says that the server said nothing that is SMTP. 421 closes the connection."""
    return code < 500


def _plain(words: bytes | str) -> str:
    return " ".join((words.decode("utf-8", "replace") if isinstance(words, bytes) else words).split())
