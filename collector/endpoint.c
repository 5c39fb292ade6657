/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#define TCP "tcp://"
#define IPC "ipc://"

static bool begins_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

bool endpoint_is_known(const char *endpoint)
{
    return begins_with(endpoint, TCP) || begins_with(endpoint, IPC);
}

/* Copies what stands between "tcp://" and the last colon, without brackets. */
static bool host_of(const char *endpoint, char *host, size_t size)
{
    const char *start = endpoint + strlen(TCP);
    const char *end = strrchr(start, ':');

    if (!end)
        return false;
    if (*start == '[' && end > start && end[-1] == ']') {
        start++;
        end--;
    }

    const size_t length = (size_t)(end - start);

    if (length >= size)
        return false;
    memcpy(host, start, length);
    host[length] = '\0';
    return true;
}

bool endpoint_is_local(const char *endpoint)
{
    char host[INET6_ADDRSTRLEN];
    struct in_addr four;
    struct in6_addr six;

    if (begins_with(endpoint, IPC))
        return true;
    if (!begins_with(endpoint, TCP) || !host_of(endpoint, host, sizeof(host)))
        return false;
    if (inet_pton(AF_INET, host, &four) == 1)
        return ntohl(four.s_addr) >> 24 == 127;
    if (inet_pton(AF_INET6, host, &six) == 1)
        return IN6_IS_ADDR_LOOPBACK(&six);
    return strcmp(host, "localhost") == 0 || strcmp(host, "lo") == 0;
}
