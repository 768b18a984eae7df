# Every target is one call of scripts/dev, which also runs without make.
#   make demo                            audit of simulated servers
#   make demo INVENTORY=hosts.yml        audit of yours (reads only)
#   make unit ARGS="-k schannel -x"      arguments for the tool behind the target

ARGS ?=
export INVENTORY

.DEFAULT_GOAL := help
.PHONY: help demo test lint gates unit sanity oldest integration molecule lab bench docs build format setup clean

help demo test lint gates unit sanity oldest integration molecule lab bench docs build format setup clean:
	@scripts/dev $@ $(ARGS)
