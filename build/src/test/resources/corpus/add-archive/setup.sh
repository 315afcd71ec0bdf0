ln -s x t/l
chmod 4755 t/x
find t -exec touch -h -d @1000000000 {} +
tar --owner=3 --group=4 --sort=name -C t -czf t.tar.gz .
tar --numeric-owner --sort=name -C t -cf t.tar .
rm -r t
