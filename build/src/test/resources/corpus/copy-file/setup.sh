chmod 755 x/tool
chmod 600 b
