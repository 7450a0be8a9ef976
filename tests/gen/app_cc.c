// SPDX-License-Identifier: GPL-2.0-or-later
/* An application on a skeleton of skel_cc.bpf.c; prints what it sees. */
#include SKELETON

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char NAME[] = "bpfview_skel";

static int fail(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	return 1;
}

/* A connection to ourselves, whose one end is under the congestion control. */
static int use(void)
{
	struct sockaddr_in here = {};
	socklen_t size = sizeof(here);
	int server = socket(AF_INET, SOCK_STREAM, 0);
	int client = socket(AF_INET, SOCK_STREAM, 0);
	int err;

	here.sin_family = AF_INET;
	here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	err = bind(server, (struct sockaddr *)&here, size) || listen(server, 1) ||
	      getsockname(server, (struct sockaddr *)&here, &size) ||
	      setsockopt(client, IPPROTO_TCP, TCP_CONGESTION, NAME, sizeof(NAME) - 1) ||
	      connect(client, (struct sockaddr *)&here, size);
	close(client);
	close(server);
	return err;
}

static int run(struct skel_cc *s)
{
	printf("initial %d %d %d\n", s->struct_ops.control->ssthresh == s->progs.two,
	       s->struct_ops.control->init == s->progs.init, s->struct_ops.control->flags == 0);
	s->struct_ops.control->init = s->progs.other_init;
	if (skel_cc__load(s))
		return fail("load");
	if (skel_cc__attach(s))
		return fail("attach");
#ifndef BPF_SKEL_SUPPORTS_MAP_AUTO_ATTACH
	s->links.control = bpf_map__attach_struct_ops(s->maps.control);
#endif
	if (!s->links.control)
		return fail("attach map");
	if (use())
		return fail("use");
	printf("inits %d %d\n", s->bss->inits, s->bss->other_inits);
#ifndef BPF_SKEL_SUPPORTS_MAP_AUTO_ATTACH
	bpf_link__destroy(s->links.control);
#else
	skel_cc__detach(s);
#endif
	printf("after %d\n", use() != 0);
	return 0;
}

int main(void)
{
	struct skel_cc *s = skel_cc__open();
	int status = s ? run(s) : fail("open");

	skel_cc__destroy(s);
	return status;
}
