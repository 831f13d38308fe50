# What every target of ours is compiled with. `cachekit_target(NAME)` applies it.

find_program(CACHEKIT_CCACHE ccache)
if(CACHEKIT_CCACHE)
  # With the sloppiness it keeps what was compiled with precompiled headers, too.
  set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_SLOPPINESS=pch_defines,time_macros ${CACHEKIT_CCACHE})
endif()

if(CACHEKIT_SANITIZE)
  add_compile_options(-fsanitize=${CACHEKIT_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${CACHEKIT_SANITIZE})
endif()

# Only with the compilers that we test: another one, newer, may warn of more.
set(CACHEKIT_TESTED_COMPILERS GNU-12 Clang-19)
string(REGEX MATCH "^[0-9]+" compiler_major "${CMAKE_CXX_COMPILER_VERSION}")
set(CACHEKIT_WARNINGS_ARE_ERRORS OFF)
if(CACHEKIT_WERROR AND "${CMAKE_CXX_COMPILER_ID}-${compiler_major}" IN_LIST CACHEKIT_TESTED_COMPILERS)
  set(CACHEKIT_WARNINGS_ARE_ERRORS ON)
endif()

# cachekit_target(NAME [INSTALLED] [PRECOMPILED target]): whose precompiled headers it shares, by
# default the common ones; its own name or `none`: nobody's. INSTALLED: part of the library.
function(cachekit_target name)
  cmake_parse_arguments(ARG "INSTALLED" "PRECOMPILED" "" ${ARGN})
  target_compile_options(${name} PRIVATE -Wall -Wextra -Wpedantic -Wconversion)
  if(CACHEKIT_WARNINGS_ARE_ERRORS)
    target_compile_options(${name} PRIVATE -Werror)
  endif()
  if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # gcc takes what a unity build includes for headers, in which this would be a mistake.
    target_compile_options(${name} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-Wno-subobject-linkage>)
  endif()
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  if(ARG_INSTALLED AND NOT CACHEKIT_PRECOMPILE)
    return()
  endif()
  if(NOT ARG_PRECOMPILED)
    set(ARG_PRECOMPILED cachekit_precompiled)
  endif()
  if(NOT ARG_PRECOMPILED MATCHES "^(none|${name})$")
    cachekit_share_precompiled(${name} ${ARG_PRECOMPILED})
  endif()
endfunction()

if(CACHEKIT_PRECOMPILE OR CACHEKIT_PRECOMPILE_OWN)
  file(WRITE ${CMAKE_BINARY_DIR}/precompiled.cc "")
  add_library(cachekit_precompiled OBJECT ${CMAKE_BINARY_DIR}/precompiled.cc)
  cachekit_target(cachekit_precompiled PRECOMPILED cachekit_precompiled)
  target_link_libraries(cachekit_precompiled PRIVATE fmt::fmt tl::expected)
  cachekit_precompile(cachekit_precompiled ${CACHEKIT_COMMON_HEADERS})
endif()
