ln -s a d/link
ln -s sub d/dirlink
ln -s /etc/passwd d/absolute
ln -s gone d/dangling
ln d/a d/hard
