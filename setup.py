"""What pyproject.toml cannot say: bundled plugins and migrations lie beside the package, but go inside it."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

BUNDLED = ("migrations", "plugins")


class BuildWithBundle(build_py):
    """Copies the bundled folders to `shopdb/bundled/`; an editable install reads them where they are."""

    def run(self) -> None:
        """Build the package, then add the bundle."""
        super().run()
        if self.editable_mode:
            return
        for name in BUNDLED:
            target = Path(self.build_lib) / "shopdb" / "bundled" / name
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(name, target, ignore=shutil.ignore_patterns("__pycache__", "tests"))


setup(cmdclass={"build_py": BuildWithBundle})
