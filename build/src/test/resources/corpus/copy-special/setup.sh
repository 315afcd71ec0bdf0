touch d/s && chmod 4755 d/s
mkdir -m 1777 d/t
touch d/n && chmod 000 d/n
: > d/empty
