// Messages over ipc with libzmq, as many as it gathers by itself. Talks to the benchmark as its own processes do, in lines.

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

static void *context;

static void fail(const char *what) {
    fprintf(stderr, "libzmq: %s: %s\n", what, zmq_strerror(errno));
    exit(1);
}

static void begin(void) {
    char line[16];
    puts("ready");
    fflush(stdout);
    if (!fgets(line, sizeof line, stdin)) exit(1);
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

static void take(void *from, size_t count, size_t bytes) {
    zmq_msg_t message;
    zmq_msg_init(&message);
    for (size_t index = 0; index < count; index++) {
        if (zmq_msg_recv(&message, from, 0) < 0) fail("receive");
        if (zmq_msg_size(&message) != bytes) { errno = EMSGSIZE; fail("receive"); }
    }
    zmq_msg_close(&message);
}

static void pull(const char *endpoint, size_t warm_up, size_t messages, size_t bytes) {
    void *socket = zmq_socket(context, ZMQ_PULL);
    if (!socket || zmq_bind(socket, endpoint)) fail("bind");
    begin();
    take(socket, warm_up, bytes);
    double began = seconds();
    take(socket, messages, bytes);
    printf("[%f]\n", messages / (seconds() - began));
    fflush(stdout);
    zmq_close(socket);
}

// What was sent is through when the context has ended.
static void push(const char *endpoint, size_t count, size_t bytes) {
    char *payload = malloc(bytes);
    void *socket = zmq_socket(context, ZMQ_PUSH);
    if (!payload || !socket) fail("prepare");
    memset(payload, 'x', bytes);
    begin();
    if (zmq_connect(socket, endpoint)) fail("connect");
    for (size_t index = 0; index < count; index++)
        if (zmq_send(socket, payload, bytes, 0) < 0) fail("send");
    zmq_close(socket);
}

int main(int count, char **words) {
    if (count != 6) return 2;
    size_t warm_up = strtoul(words[3], NULL, 10), messages = strtoul(words[4], NULL, 10), bytes = strtoul(words[5], NULL, 10);
    context = zmq_ctx_new();
    if (!context) fail("begin");
    int is_pull = !strcmp(words[1], "pull");
    if (is_pull) pull(words[2], warm_up, messages, bytes);
    else push(words[2], warm_up + messages, bytes);
    zmq_ctx_term(context);
    if (!is_pull) puts("[]");
    return 0;
}
