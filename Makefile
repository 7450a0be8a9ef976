# SPDX-License-Identifier: GPL-2.0-or-later
# make                      build/bpfview and build/bpfview-gen, with $(CC)
# make check                unit and mount tests (root)
# make tour                 the programs of docs/tour.md
# make bench                ratios against bpftool and a hello-world FUSE (root)
# make lint                 format, static analysis, shell scripts, layers
# make fuzz                 looks for inputs that break what reads them, FUZZ_SECONDS a target (clang)
# make install              DESTDIR=, prefix=
# make SANITIZE=address,undefined ...

prefix ?= /usr/local
bindir ?= $(prefix)/bin
sbindir ?= $(prefix)/sbin
mandir ?= $(prefix)/share/man
bashdir ?= $(prefix)/share/bash-completion/completions
zshdir ?= $(prefix)/share/zsh/site-functions
unitdir ?= $(prefix)/lib/systemd/system
BUILD ?= build
CC ?= cc
CLANG ?= clang
PYTHON ?= /usr/bin/python3
PKG_CONFIG ?= pkg-config
SANITIZE ?=

VERSION := 0.1

# make V=1 prints whole commands
Q := $(if $(V),,@)
say = $(if $(V),,@echo '  $1  $@')
WARNINGS := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
CFLAGS ?= -O2 -g
override CFLAGS += -std=gnu11 $(WARNINGS) -D_GNU_SOURCE -DBPFVIEW_VERSION='"$(VERSION)"' -I$(BUILD) -MMD -MP -pthread \
	$(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer)
LDFLAGS += -pthread $(if $(SANITIZE),-fsanitize=$(SANITIZE))

# The disassembler is loaded when native code is read: only its headers and its name are needed here.
OPCODES_LIB := $(shell readelf -d "$$($(CC) -print-file-name=libopcodes.so)" 2>/dev/null | sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p')
override CFLAGS += -DOPCODES_LIB='"$(OPCODES_LIB)"'

BPF_LIBS := $(shell $(PKG_CONFIG) --libs libbpf libelf zlib libmnl)
FUSE_CFLAGS := $(shell $(PKG_CONFIG) --cflags fuse3)
FUSE_LIBS := $(shell $(PKG_CONFIG) --libs fuse3)

# BPF programs: ours, and those that the tests load.
BPF_ARCH := $(shell uname -m | sed 's/x86_64/x86/; s/aarch64/arm64/')
BPF_CFLAGS := -target bpf -O2 -g -Wall -Werror -D__TARGET_ARCH_$(BPF_ARCH) \
	-idirafter /usr/include/$(shell uname -m)-linux-gnu

bpf_src := $(filter-out %.bpf.c,$(wildcard bpf/*.c))
fs_src := $(wildcard fs/*.c)
tools_src := $(wildcard tools/*.c)
# What has a BPF program of its own in it: bpf/NAME.c with bpf/NAME.bpf.c.
embedding := $(patsubst %.bpf.c,$(BUILD)/%,$(wildcard bpf/*.bpf.c))
# The programs of docs/tour.md.
tour := $(patsubst %.c,$(BUILD)/%.o,$(wildcard docs/tour/*.bpf.c))
unit_src := $(wildcard tests/unit/test_*.c)
test_progs := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/progs/*.bpf.c tests/gen/*.bpf.c)) $(tour)
unit_tests := $(unit_src:%.c=$(BUILD)/%)
helpers := $(patsubst %.c,$(BUILD)/%,$(filter-out $(wildcard tests/*/*.bpf.c) $(unit_src),$(wildcard tests/bench/*.c tests/mount/*.c)))
fuzz_targets := $(patsubst %.c,$(BUILD)/%,$(filter-out %/replay.c,$(wildcard tests/fuzz/*.c)))
man := $(patsubst %.rst,$(BUILD)/%,$(wildcard docs/*.[1-8].rst)) $(BUILD)/docs/bpfview-tree.7

all: $(BUILD)/bpfview $(BUILD)/bpfview-gen $(BUILD)/scripts/sample.bpf.o man
man: $(man)
tour: $(tour)
tests: $(unit_tests) $(test_progs) $(helpers) $(fuzz_targets)

$(BUILD)/libbpfview.a: $(bpf_src:%.c=$(BUILD)/%.o)
# What bpfview-gen is made of, without what is made with it.
$(BUILD)/libbpfview-gen.a: $(filter-out $(embedding:=.o),$(bpf_src:%.c=$(BUILD)/%.o))
$(BUILD)/%.a:
	$(call say,AR)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

$(BUILD)/bpfview: $(fs_src:%.c=$(BUILD)/%.o) $(BUILD)/libbpfview.a
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(FUSE_LIBS) $(BPF_LIBS)

$(BUILD)/bpfview-gen: $(tools_src:%.c=$(BUILD)/%.o) $(BUILD)/libbpfview-gen.a
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -Wl,--as-needed -o $@ $^ $(BPF_LIBS)

$(patsubst %.c,$(BUILD)/%.o,$(wildcard fs/fuse*.c)): override CFLAGS += $(FUSE_CFLAGS)

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CFLAGS) -c -o $@ $<

$(BUILD)/%.bpf.o: %.bpf.c
	@mkdir -p $(@D)
	$(call say,BPF)
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MP -c -o $@ $<

# Linking leaves out what only debuggers read.
$(BUILD)/%.skel.h: $(BUILD)/%.bpf.o $(BUILD)/bpfview-gen
	$(call say,GEN)
	$(Q)$(BUILD)/bpfview-gen object $(@:.h=.o) $<
	$(Q)$(BUILD)/bpfview-gen skeleton --name $(*F)_bpf -o $@ $(@:.h=.o)

$(embedding:=.o): %.o: %.skel.h

$(BUILD)/tests/unit/%: tests/unit/%.c $(BUILD)/libbpfview.a
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -I. -o $@ $< $(BUILD)/libbpfview.a -lcmocka $(BPF_LIBS)

# Tests of fs/ have all of it but main(); they mount nothing.
$(BUILD)/tests/unit/test_fs_%: tests/unit/test_fs_%.c $(filter-out %/main.o,$(fs_src:%.c=$(BUILD)/%.o)) $(BUILD)/libbpfview.a
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -I. -o $@ $^ -lcmocka $(FUSE_LIBS) $(BPF_LIBS)

# Fuzz targets: with a main() that replays files, or, in a build of its own, with libFuzzer's.
$(BUILD)/tests/fuzz/%: tests/fuzz/%.c $(if $(LIBFUZZER),,tests/fuzz/replay.c) $(BUILD)/libbpfview.a
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $(if $(LIBFUZZER),-fsanitize=fuzzer) -I. -o $@ $(filter %.c %.a,$^) $(BPF_LIBS)

$(BUILD)/tests/%: tests/%.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CFLAGS) $(FUSE_CFLAGS) $(LDFLAGS) -o $@ $< $(FUSE_LIBS) $(BPF_LIBS)

$(BUILD)/docs/%: docs/%.rst
	@mkdir -p $(@D)
	$(call say,MAN)
	$(Q)rst2man $< $@

# The tree's page is what the tables say.
$(BUILD)/docs/bpfview-tree.7: $(BUILD)/bpfview
	$(call say,MAN)
	@mkdir -p $(@D)
	$(Q)$(BUILD)/bpfview --tree-page > $@.rst
	$(Q)rst2man $@.rst $@

# Rebuild when the compiler or its flags change.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(subst ','\'',$(CC) $(CFLAGS) $(LDFLAGS))' | cmp -s - $@ || echo '$(subst ','\'',$(CC) $(CFLAGS) $(LDFLAGS))' > $@

check: all tests
	BUILD=$(BUILD) PYTHON=$(PYTHON) scripts/run-tests

FUZZ_SECONDS ?= 60
fuzz:
	$(Q)$(MAKE) BUILD=$(BUILD)/fuzz CC=$(CLANG) LIBFUZZER=1 SANITIZE=fuzzer-no-link,address,undefined \
		CFLAGS='-O1 -g -fno-sanitize-recover=all' fuzz-targets
	$(Q)for target in $(notdir $(fuzz_targets)); do \
		mkdir -p $(BUILD)/fuzz/corpus/$$target && \
		$(BUILD)/fuzz/tests/fuzz/$$target -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=1024 \
			-artifact_prefix=$(BUILD)/fuzz/ $(BUILD)/fuzz/corpus/$$target tests/fuzz/corpus/$$target || exit; \
	done

fuzz-targets: $(fuzz_targets)

bench: all tests
	BUILD=$(BUILD) $(PYTHON) scripts/bench

lint: $(embedding:=.skel.h)
	BUILD=$(BUILD) scripts/lint

install: all
	install -D -m 755 $(BUILD)/bpfview $(DESTDIR)$(sbindir)/bpfview
	install -D -m 755 $(BUILD)/bpfview-gen $(DESTDIR)$(bindir)/bpfview-gen
	install -D -m 644 scripts/completions/bpfview-gen.bash $(DESTDIR)$(bashdir)/bpfview-gen
	install -D -m 644 scripts/completions/_bpfview-gen $(DESTDIR)$(zshdir)/_bpfview-gen
	install -D -m 644 scripts/bpfview.service $(DESTDIR)$(unitdir)/bpfview.service
	for page in $(man); do install -D -m 644 $$page $(DESTDIR)$(mandir)/man$${page##*.}/$${page##*/}; done

clean:
	rm -rf $(BUILD)

FORCE:
.PHONY: all man tour tests check fuzz fuzz-targets bench lint install clean FORCE
.SECONDARY:
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
