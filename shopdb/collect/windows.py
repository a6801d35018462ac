"""The questions put to a Windows machine: its CIM classes through PowerShell, and its registry."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from shopdb.collect import portable, windows_registry
from shopdb.collect.inventory import Inventory
from shopdb.collect.parsers import cim, uninstall
from shopdb.collect.probes import Probe
from shopdb.collect.reading import output
from shopdb.exceptions import ProbeFailedError

POWERSHELL = Path(os.environ.get("SYSTEMROOT", "C:\\Windows"), "System32/WindowsPowerShell/v1.0/powershell.exe")
OPTIONS = ("-NoLogo", "-NoProfile", "-NonInteractive")

QUESTIONS = {
    "system": "Get-CimInstance Win32_ComputerSystem | Select-Object Manufacturer,Model,Domain,PartOfDomain",
    "bios": "Get-CimInstance Win32_BIOS | Select-Object SerialNumber",
    "product": "Get-CimInstance Win32_ComputerSystemProduct | Select-Object UUID",
    "enclosure": "Get-CimInstance Win32_SystemEnclosure | Select-Object ChassisTypes,SMBIOSAssetTag",
    "os": "Get-CimInstance Win32_OperatingSystem | Select-Object Caption,Version",
    "processor": "Get-CimInstance Win32_Processor | Select-Object Name",
    "adapters": "Get-CimInstance Win32_NetworkAdapter -Filter 'PhysicalAdapter=TRUE' | "
    "Select-Object MACAddress,PNPDeviceID",
    "interfaces": "Get-CimInstance Win32_NetworkAdapter | Select-Object InterfaceIndex,MACAddress",
    "addresses": "Get-NetIPAddress -AddressState Preferred | "
    "Select-Object InterfaceIndex,InterfaceAlias,IPAddress,@{n='Suffix';e={[string]$_.SuffixOrigin}}",
    "volumes": "Get-CimInstance Win32_LogicalDisk -Filter 'DriveType=3' | "
    "Select-Object DeviceID,Size,FreeSpace,FileSystem",
    "drives": "Get-CimInstance Win32_DiskDrive | Select-Object Index,Model,SerialNumber,Size,MediaType",
    "partitions": "Get-CimInstance Win32_LogicalDiskToPartition | "
    "Select-Object @{n='Volume';e={$_.Dependent.DeviceID}},@{n='Partition';e={$_.Antecedent.DeviceID}}",
    "monitors": "Get-CimInstance WmiMonitorID -Namespace root/wmi | "
    "Select-Object ManufacturerName,UserFriendlyName,ProductCodeID,SerialNumberID",
}


def probes() -> tuple[Probe, ...]:
    """Every question; PowerShell is started once for all that are put to CIM."""
    windows = _Cim()
    return (
        Probe("hostname", portable.name),
        Probe("maker, model and domain", windows.about(cim.product)),
        Probe("serial number and uuid", windows.about(cim.serials)),
        Probe("operating system", windows.about(cim.operating_system)),
        Probe("architecture", portable.architecture),
        Probe("processor", windows.about(cim.processor)),
        Probe("memory", portable.memory),
        Probe("network cards", windows.about(lambda said: Inventory(macs=cim.macs(said)))),
        Probe("addresses", windows.about(lambda said: Inventory(ips=cim.ips(said)))),
        Probe("disks", windows.about(lambda said: Inventory(disks=cim.disks(said)))),
        Probe("monitors", windows.about(lambda said: Inventory(monitors=cim.monitors(said)))),
        Probe("software", _software),
        Probe("last user", _last_user),
        Probe("last boot", portable.last_boot),
    )


def script(questions: Mapping[str, str]) -> str:
    """PowerShell that prints one JSON object: each answer under its question's name, none if it failed."""
    asked = "".join(f"try {{ $found['{name}'] = @({ask}) }} catch {{}}; " for name, ask in questions.items())
    return (
        "$ErrorActionPreference = 'Stop'; $ProgressPreference = 'SilentlyContinue'; "
        "[Console]::OutputEncoding = New-Object Text.UTF8Encoding $false; "
        f"$found = @{{}}; {asked}ConvertTo-Json -InputObject $found -Depth 4 -Compress"
    )


class _Cim:
    """What one PowerShell found out, or why it could not: it is not asked twice."""

    def __init__(self) -> None:
        self._told: cim.Answers | ProbeFailedError | None = None

    def about(self, part: Callable[[cim.Answers], Inventory]) -> Callable[[], Inventory]:
        """A probe's reading that takes its part of the answers."""
        return lambda: part(self._answers())

    def _answers(self) -> cim.Answers:
        if self._told is None:
            try:
                printed = output(str(POWERSHELL), *OPTIONS, "-Command", script(QUESTIONS))
                self._told = cim.answers(printed)
            except (ProbeFailedError, ValueError) as failure:
                self._told = ProbeFailedError("PowerShell", str(failure))
        if isinstance(self._told, ProbeFailedError):
            raise self._told
        return self._told


def _software() -> Inventory:
    """What is installed for everybody: programs of one person come and go with who is logged in."""
    return Inventory(software=uninstall.software(windows_registry.uninstall_entries()))


def _last_user() -> Inventory:
    name = portable.present_user() or windows_registry.last_user().rpartition("\\")[2]
    return Inventory(last_user=name) if name else Inventory()
