"""Everything that a plugin may use, contract 0.3.0: what docs/PLUGIN-HOOKS.md names, and nothing it does not.

``shopdb.api.operations`` is a module of its own, so that only migrations load Alembic.
"""

from shopdb import __contract_version__
from shopdb.domain.dashboard import Widget
from shopdb.domain.demo import THIS_ASSET, DemoAsset, DemoFloor, DemoPerson, DemoPlace, DemoRow
from shopdb.domain.kinds import Kind, Ref
from shopdb.domain.navigation import NavItem
from shopdb.domain.resource import Field, Resource
from shopdb.domain.screens import ScreenContext, ScreenSpec
from shopdb.exceptions import ShopdbError, ValueRefusedError
from shopdb.plugins.access import read_shop, service, write_shop
from shopdb.plugins.base import BasePlugin
from shopdb.plugins.manifest import PluginMeta
from shopdb.store.base import (
    TABLE_OPTIONS,
    Numbered,
    Versioned,
    linked_to,
    loosely_linked_to,
    owned_by,
    plugin_base,
    utc_now,
)
from shopdb.store.changes import audit_log
from shopdb.store.core_resources import ASSETS
from shopdb.store.describe import describe
from shopdb.store.models import (
    Asset,
    AssetRelationship,
    AssetStatus,
    AssetType,
    BusinessUnit,
    Location,
    MaintenancePlan,
    MaintenanceTask,
    Model,
    NetworkAddress,
    Person,
    RelationshipType,
    Setting,
    Vendor,
)
from shopdb.store.positions import Position, resolve_asset_position
from shopdb.store.types import BigId, Blob, Digest, Document, Moment, Prose, code, line

__all__ = [
    "ASSETS",
    "TABLE_OPTIONS",
    "THIS_ASSET",
    "Asset",
    "AssetRelationship",
    "AssetStatus",
    "AssetType",
    "BasePlugin",
    "BigId",
    "Blob",
    "BusinessUnit",
    "DemoAsset",
    "DemoFloor",
    "DemoPerson",
    "DemoPlace",
    "DemoRow",
    "Digest",
    "Document",
    "Field",
    "Kind",
    "Location",
    "MaintenancePlan",
    "MaintenanceTask",
    "Model",
    "Moment",
    "NavItem",
    "NetworkAddress",
    "Numbered",
    "Person",
    "PluginMeta",
    "Position",
    "Prose",
    "Ref",
    "RelationshipType",
    "Resource",
    "ScreenContext",
    "ScreenSpec",
    "Setting",
    "ShopdbError",
    "ValueRefusedError",
    "Vendor",
    "Versioned",
    "Widget",
    "__contract_version__",
    "audit_log",
    "code",
    "describe",
    "line",
    "linked_to",
    "loosely_linked_to",
    "owned_by",
    "plugin_base",
    "read_shop",
    "resolve_asset_position",
    "service",
    "utc_now",
    "write_shop",
]
