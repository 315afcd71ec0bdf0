echo p > p && chmod 755 p
if command -v setcap > /dev/null; then setcap cap_net_raw+ep p; fi
