"""Everything that a plugin may use, contract 0.3.0: what docs/PLUGIN-HOOKS.md names, and nothing it does not.

``shopdb.api.operations`` is a module of its own, so that only migrations load Alembic.
"""

from shopdb import __contract_version__
from shopdb.domain.access import Origin
from shopdb.domain.dashboard import Widget
from shopdb.domain.demo import THIS_ASSET, DemoAsset, DemoFloor, DemoPerson, DemoPlace, DemoRow
from shopdb.domain.kinds import Kind, Ref
from shopdb.domain.listing import Record
from shopdb.domain.navigation import NavItem
from shopdb.domain.plain import plain
from shopdb.domain.resource import Field, Resource
from shopdb.domain.screens import ScreenContext, ScreenSpec
from shopdb.exceptions import RecordNotFoundError, RefusedValuesError, ShopdbError, ValueRefusedError
from shopdb.plugins.access import read_shop, service, write_shop
from shopdb.plugins.base import BasePlugin
from shopdb.plugins.manifest import PluginMeta
from shopdb.services.records import change as change_record
from shopdb.services.records import create as create_record
from shopdb.services.records import remove as remove_record
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
from shopdb.store.session import origin_of
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
    "Origin",
    "Person",
    "PluginMeta",
    "Position",
    "Prose",
    "Record",
    "RecordNotFoundError",
    "Ref",
    "RefusedValuesError",
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
    "change_record",
    "code",
    "create_record",
    "describe",
    "line",
    "linked_to",
    "loosely_linked_to",
    "origin_of",
    "owned_by",
    "plain",
    "plugin_base",
    "read_shop",
    "remove_record",
    "resolve_asset_position",
    "service",
    "utc_now",
    "write_shop",
]
