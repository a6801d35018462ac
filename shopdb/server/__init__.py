"""The LAN server: REST and collectors over HTTP, one of the two front ends. It owns no rule of the shop."""
