"""How people meet core's own records."""

from __future__ import annotations

from shopdb.domain.kinds import Kind
from shopdb.domain.resource import Field, Resource
from shopdb.store import models
from shopdb.store.describe import describe
from shopdb.store.models.assets import HEALTHS, STATUS_CLASSES

ASSETS = describe(
    models.Asset,
    title="Assets",
    singular="Asset",
    fields=(
        Field(
            "asset_number",
            "Number",
            listed=True,
            searched=True,
            help="unique in the shop; blank: the next free one",
        ),
        Field("name", "Name", listed=True, searched=True),
        Field("serial_number", "Serial number", listed=True, searched=True),
        Field("type", "Type", listed=True),
        Field("status", "Status", listed=True),
        Field("location", "Location", listed=True, searched=True),
        Field("business_unit", "Business unit"),
        Field("model", "Model", searched=True),
        Field("vendor", "Maker", path="model.vendor.name", searched=True),
        Field("owner", "Owner", help="the person who answers for it"),
        Field("mapx", "Map x", help="on the floor plan of its location"),
        Field("mapy", "Map y", help="on the floor plan of its location"),
        Field("tags", "Tags", kind=Kind.LINKS, path="asset_tags", searched=True),
        Field("purchased_on", "Purchased on"),
        Field("warranty_until", "Warranty until"),
        Field("notes", "Notes", searched=True),
        Field("last_seen", "Last seen", listed=True, editable=False),
        Field("health", "Health", editable=False, choices=HEALTHS, help="what collectors last said"),
        Field("archived_at", "Archived at", editable=False),
        Field("resource", "Kind", editable=False),
    ),
)

CORE_RESOURCES: tuple[Resource, ...] = (
    ASSETS,
    describe(
        models.Location,
        title="Locations",
        fields=(
            Field("name", "Name", listed=True, searched=True),
            Field("parent", "Within", listed=True),
            Field("floor_plan", "Floor plan", listed=True),
            Field("mapx", "Map x", listed=True),
            Field("mapy", "Map y", listed=True),
            Field("notes", "Notes"),
        ),
    ),
    describe(
        models.FloorPlan,
        title="Floor plans",
        fields=(
            Field("name", "Name", listed=True, searched=True),
            Field("width", "Width", listed=True),
            Field("height", "Height", listed=True),
            Field("drawing", "Drawing"),
        ),
    ),
    describe(
        models.BusinessUnit,
        title="Business units",
        fields=(Field("name", "Name", listed=True, searched=True), Field("code", "Code", listed=True)),
    ),
    describe(
        models.Vendor,
        title="Vendors",
        fields=(
            Field("name", "Name", listed=True, searched=True),
            Field("website", "Website", listed=True),
            Field("support_phone", "Support phone", listed=True),
            Field("notes", "Notes"),
        ),
    ),
    describe(
        models.Model,
        title="Models",
        fields=(
            Field("name", "Name", listed=True, searched=True),
            Field("vendor", "Vendor", listed=True, searched=True),
            Field("notes", "Notes"),
        ),
    ),
    describe(
        models.Person,
        title="People",
        singular="Person",
        fields=(
            Field("name", "Name", listed=True, searched=True),
            Field("badge", "Badge", listed=True, searched=True, help="what a badge scanner types"),
            Field("email", "E-mail", listed=True, searched=True),
            Field("phone", "Phone", listed=True),
            Field("business_unit", "Business unit", listed=True),
        ),
    ),
    describe(
        models.AssetType,
        title="Asset types",
        fields=(
            Field("name", "Name", listed=True, searched=True),
            Field("resource", "Kind", listed=True, help="the record type it belongs to, such as computers"),
            Field("is_equipment", "Equipment", listed=True),
        ),
    ),
    describe(
        models.AssetStatus,
        title="Asset statuses",
        singular="Asset status",
        fields=(
            Field("name", "Name", listed=True, searched=True),
            Field("status_class", "Class", listed=True, choices=STATUS_CLASSES),
        ),
    ),
    describe(
        models.RelationshipType,
        title="Relationship types",
        fields=(
            Field("name", "Name", listed=True, help="reads from the first asset to the second"),
            Field("inverse", "Inverse", listed=True, help="reads from the second asset to the first"),
            Field("inheritsposition", "Inherits position", listed=True),
        ),
    ),
    describe(
        models.AssetRelationship,
        title="Relations",
        fields=(
            Field("source", "Asset", listed=True),
            Field("type", "Relation", listed=True),
            Field("target", "Other asset", listed=True),
            Field(
                "inheritsposition",
                "Inherits position",
                listed=True,
                help="the first stands where the second stands",
            ),
        ),
        parent="source",
        default_sort="type",
    ),
    describe(
        models.NetworkAddress,
        title="Addresses",
        singular="Address",
        fields=(
            Field("asset", "Asset"),
            Field("ip", "IP address", kind=Kind.IP, listed=True, searched=True),
            Field("mac", "MAC address", kind=Kind.MAC, listed=True, searched=True),
            Field("interface", "Interface", listed=True),
            Field("is_machine_network", "Machine network", listed=True),
        ),
        parent="asset",
        default_sort="ip",
    ),
    describe(
        models.InstalledSoftware,
        title="Software",
        singular="Software",
        fields=(
            Field("asset", "Asset"),
            Field("name", "Name", path="application_version.application.name", listed=True),
            Field("number", "Version", path="application_version.number", listed=True),
            Field("publisher", "Publisher", path="application_version.application.publisher", listed=True),
            Field("first_seen", "First seen", listed=True),
            Field("removed_at", "Removed", listed=True),
        ),
        parent="asset",
        default_sort="name",
        writable=False,
    ),
    describe(
        models.Application,
        title="Applications",
        fields=(
            Field("name", "Name", listed=True, searched=True),
            Field("publisher", "Publisher", listed=True, searched=True),
        ),
        writable=False,
    ),
    describe(
        models.Tag,
        title="Tags",
        fields=(Field("name", "Name", listed=True, searched=True),),
    ),
    describe(
        models.MaintenancePlan,
        title="Maintenance plans",
        fields=(
            Field("asset", "Asset", listed=True),
            Field("name", "What", listed=True, searched=True),
            Field("every_days", "Every (days)", listed=True),
            Field("due_on", "Due on", listed=True),
            Field("instructions", "Instructions"),
        ),
        parent="asset",
        default_sort="due_on",
    ),
    describe(
        models.MaintenanceTask,
        title="Maintenance done",
        singular="Maintenance task",
        fields=(
            Field("asset", "Asset", listed=True),
            Field("plan", "Plan", listed=True),
            Field("done_at", "Done at", listed=True),
            Field("done_by", "Done by", listed=True),
            Field("passed", "Passed", listed=True),
            Field("note", "Note", listed=True),
        ),
        parent="asset",
        default_sort="-done_at",
    ),
    describe(
        models.Article,
        title="Articles",
        fields=(Field("title", "Title", listed=True, searched=True), Field("text", "Text", searched=True)),
    ),
    describe(
        models.CustomField,
        title="Custom fields",
        fields=(
            Field("name", "Name", listed=True),
            Field("asset_type", "For type", listed=True, help="blank: every asset"),
            Field("kind", "Kind", listed=True, choices=("text", "integer", "decimal", "flag", "date", "choice")),
            Field("choices", "Choices", help='a JSON list, such as ["A", "B"]'),
            Field("required", "Required", listed=True),
        ),
    ),
    describe(
        models.CustomValue,
        title="Custom values",
        fields=(
            Field("asset", "Asset"),
            Field("custom_field", "Field", listed=True),
            Field("value", "Value", listed=True, searched=True),
        ),
        parent="asset",
        default_sort="custom_field",
    ),
    describe(
        models.HeldItem,
        title="Held pushes",
        singular="Held push",
        fields=(
            Field("reason", "Reason", listed=True),
            Field("plugin", "From", listed=True),
            Field("received_at", "Received", listed=True),
            Field("times", "Times", listed=True),
            Field("resolution", "Resolution", listed=True),
            Field("resolved_by", "By", listed=True),
            Field("evidence", "Evidence"),
            Field("candidates", "Candidates"),
        ),
        default_sort="-received_at",
        writable=False,
    ),
    describe(
        models.Batch,
        title="Batches",
        singular="Batch",
        fields=(
            Field("made_at", "When", listed=True),
            Field("actor", "Who", listed=True),
            Field("door", "From where", listed=True),
            Field("label", "What", listed=True),
            Field("size", "Entries", listed=True),
        ),
        default_sort="-made_at",
        writable=False,
    ),
    describe(
        models.User,
        title="Users",
        fields=(
            Field("name", "Name", listed=True),
            Field("role", "Role", listed=True),
            Field("enabled", "Enabled", listed=True),
            Field("last_login", "Last login", listed=True, editable=False),
        ),
        writable=False,
    ),
    describe(
        models.ApiToken,
        title="API tokens",
        fields=(
            Field("name", "Name", listed=True),
            Field("prefix", "Begins with", listed=True),
            Field("scopes", "Scopes", listed=True),
            Field("enabled", "Enabled", listed=True),
            Field("expires_at", "Expires", listed=True),
            Field("last_used", "Last used", listed=True),
        ),
        writable=False,
    ),
)
