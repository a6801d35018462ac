"""Core's tables; plugins add their own."""

from shopdb.store.models.access import ApiToken, Permission, Role, User
from shopdb.store.models.assets import (
    Asset,
    AssetRelationship,
    AssetStatus,
    AssetTag,
    AssetType,
    NetworkAddress,
    RelationshipType,
    Tag,
)
from shopdb.store.models.catalogue import (
    BusinessUnit,
    FloorPlan,
    Location,
    Model,
    Person,
    Vendor,
)
from shopdb.store.models.intake import HeldItem, Identifier, IdentityDecision, Observation, Push
from shopdb.store.models.knowledge import (
    Article,
    ArticleLink,
    Attachment,
    CustomField,
    CustomValue,
    MaintenancePlan,
    MaintenanceTask,
)
from shopdb.store.models.operation import (
    Batch,
    ChainHead,
    Change,
    InstalledPlugin,
    SavedView,
    SearchEntry,
    Setting,
)
from shopdb.store.models.software import Application, ApplicationVersion, InstalledSoftware

__all__ = [
    "ApiToken",
    "Application",
    "ApplicationVersion",
    "Article",
    "ArticleLink",
    "Asset",
    "AssetRelationship",
    "AssetStatus",
    "AssetTag",
    "AssetType",
    "Attachment",
    "Batch",
    "BusinessUnit",
    "ChainHead",
    "Change",
    "CustomField",
    "CustomValue",
    "FloorPlan",
    "HeldItem",
    "Identifier",
    "IdentityDecision",
    "InstalledPlugin",
    "InstalledSoftware",
    "Location",
    "MaintenancePlan",
    "MaintenanceTask",
    "Model",
    "NetworkAddress",
    "Observation",
    "Permission",
    "Person",
    "Push",
    "RelationshipType",
    "Role",
    "SavedView",
    "SearchEntry",
    "Setting",
    "Tag",
    "User",
    "Vendor",
]
