"""Tests of the harness in its own interpreter; its end-to-end tests are the C programs beside this folder."""
