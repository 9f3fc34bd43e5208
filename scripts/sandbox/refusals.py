"""Refusals of the Bot API: a code, Telegram's own sentence and the parameters that go with it."""


class ApiError(Exception):
    """An answer with `ok: false`; `code` is the HTTP status, `parameters` are sent along."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def body(self) -> dict[str, object]:
        """The JSON object that goes over the wire."""
        answer: dict[str, object] = {
            "ok": False,
            "error_code": self.code,
            "description": self.description,
        }
        if self.parameters:
            answer["parameters"] = self.parameters
        return answer


def bad_request(reason: str) -> ApiError:
    """400; the Bot API starts the reason in lower case unless it is a CONSTANT or an acronym."""
    constant = len(reason) > 1 and (reason[1] == "_" or "A" <= reason[1] <= "Z")
    worded = reason if constant else reason[:1].lower() + reason[1:]
    return ApiError(400, f"Bad Request: {worded}")


def forbidden(reason: str) -> ApiError:
    """403, for people who do not want the bot's messages and channels that it may not write to."""
    return ApiError(403, f"Forbidden: {reason}")


def conflict(reason: str) -> ApiError:
    """409, for two receivers of the same updates."""
    return ApiError(409, f"Conflict: {reason}")


def too_many_requests(retry_after: int) -> ApiError:
    """429 with the seconds to wait."""
    return ApiError(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)
