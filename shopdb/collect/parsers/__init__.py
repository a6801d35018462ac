"""Pure readings of what programs and files of each platform say: text or bytes in, parts of an inventory out.

Nothing here opens a file or starts a program, so every platform's formats are tested on every platform.
"""
