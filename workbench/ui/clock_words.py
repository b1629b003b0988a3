"""Times of the clock in words: the nearer, the shorter."""

from __future__ import annotations

from datetime import datetime, timedelta

from PySide6.QtCore import QCoreApplication


def clock_time(when: datetime) -> str:
    """Return the time of today, such as 12:03:41, or day and time."""
    is_today = when.date() == datetime.now(when.tzinfo).date()
    return f"{when:%H:%M:%S}" if is_today else f"{when:%Y-%m-%d %H:%M}"


def day_and_time(when: datetime) -> str:
    """Return such as "today 12:03", "yesterday 12:03" or "2026-01-02 12:03"."""
    today = datetime.now(when.tzinfo).date()
    days = {today: "today", today - timedelta(days=1): "yesterday"}
    day = days.get(when.date())
    if day is None:
        return f"{when:%Y-%m-%d %H:%M}"
    return f"{QCoreApplication.translate('ClockWords', day)} {when:%H:%M}"
