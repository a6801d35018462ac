"""How people meet notices."""

from shopdb.api import Field, describe

from .models import SEVERITIES, Notification

NOTIFICATIONS = describe(
    Notification,
    title="Notifications",
    fields=(
        Field("title", "Title", listed=True, searched=True),
        Field("severity", "Severity", listed=True, choices=SEVERITIES),
        Field("valid_from", "From", listed=True, help="blank: at once"),
        Field("valid_until", "Until", listed=True, help="blank: until somebody ends it"),
        Field("business_unit", "Business unit", listed=True, help="blank: everybody"),
        Field("text", "Text", searched=True),
    ),
    default_sort="-valid_from",
)
