mkdir tree/empty && chmod 700 tree/empty
chmod 2755 tree/sub
