"""NB-IoT modems: one driver (`modem.Modem`), and one profile per module that tells it the dialect."""
