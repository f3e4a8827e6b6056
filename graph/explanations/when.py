"""When a job is done that is started on a day of the week."""

import re

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
HOURS_PER_DAY = 24
_CLOCK = re.compile(r"\b(\d{1,2})(?::(\d{2}))? ?(am|pm|h\b|o.?clock)", re.I)


def done_at(question: str, hours: float) -> list[str]:
    """The day and the time, counted from the day and the time that the question starts it at; empty without both."""
    said = question.lower()
    day = next((number for number, name in enumerate(DAYS) if name in said), None)
    clock = _CLOCK.search(said)
    if day is None or clock is None or "start" not in said:
        return []
    begins = int(clock[1]) % 12 + (12 if clock[3] == "pm" else 0) if clock[3] in ("am", "pm") else int(clock[1])
    start = day * HOURS_PER_DAY + begins + int(clock[2] or 0) / 60
    end = start + hours
    minutes = round(end * 60)
    days_on = int(end // HOURS_PER_DAY) - day
    later = f" {days_on // 7} weeks later" if days_on >= 14 else ""
    at = f"{minutes // 60 % HOURS_PER_DAY:02d}:{minutes % 60:02d}"
    begun = f"{DAYS[day].capitalize()} {begins:02d}:{int(clock[2] or 0):02d}"
    return [
        f"started {begun} it is done about {DAYS[(day + days_on) % 7].capitalize()} {at}{later}, without interruption"
    ]
