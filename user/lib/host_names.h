/* For host tests, which compile parts of the library and of programs beside
 * the host's own library: other names for what both have, or what a test
 * supplies. Include it behind tests/host/check.h, before anything of user/. */
#ifndef USER_LIB_HOST_NAMES_H
#define USER_LIB_HOST_NAMES_H

#define atoi user_atoi
#define exit user_exit
#define fprintf user_fprintf
#define free user_free
#define malloc user_malloc
#define memcmp user_memcmp
#define memcpy user_memcpy
#define memmove user_memmove
#define memset user_memset
#define sbrk user_sbrk
#define strchr user_strchr
#define strcmp user_strcmp
#define strcpy user_strcpy
#define strlen user_strlen
#define write user_write

#endif
