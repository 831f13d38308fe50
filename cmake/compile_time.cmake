# What keeps the build short, without a change to what it makes.

# All presets but debug compile several files of a library, program or test at once (CMake's unity
# builds), so its names are to differ within a namespace even where no other file sees them, or the
# batch does not compile. -DCMAKE_UNITY_BUILD_BATCH_SIZE=0 makes one batch of each and shows all clashes.
#
# The presets with sanitizers precompile everything, release all that is not installed: debug shows
# whether each file includes what it needs, release whether those do that are installed.
option(CACHEKIT_PRECOMPILE "Precompile the headers that nearly every file includes (clang)" OFF)
option(CACHEKIT_PRECOMPILE_OWN "The same, except for the library that is installed" OFF)

if(CACHEKIT_PRECOMPILE AND NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  message(FATAL_ERROR "CACHEKIT_PRECOMPILE needs clang, this is ${CMAKE_CXX_COMPILER_ID}, which takes "
    "a precompiled header only for exactly the flags that it was made with; those of the library "
    "differ, so CACHEKIT_PRECOMPILE_OWN needs no clang")
endif()

set(CACHEKIT_COMMON_HEADERS
  <algorithm> <array> <chrono> <cstddef> <cstdint> <functional> <map> <memory> <optional> <span>
  <string> <string_view> <utility> <vector> <fmt/format.h> <tl/expected.hpp>)

# Programs are compiled like libraries, to share with them; and without a time in clang's
# precompiled file ccache knows it again.
set(CACHEKIT_PRECOMPILE_OPTIONS -fPIC)
if(CACHEKIT_PRECOMPILE)
  list(APPEND CACHEKIT_PRECOMPILE_OPTIONS "SHELL:-Xclang -fno-pch-timestamp")
endif()

# cachekit_precompile(NAME HEADERS…): headers for this target, and for those that share them.
function(cachekit_precompile name)
  if(CACHEKIT_PRECOMPILE OR CACHEKIT_PRECOMPILE_OWN)
    target_precompile_headers(${name} PRIVATE ${ARGN})
    target_compile_options(${name} PRIVATE ${CACHEKIT_PRECOMPILE_OPTIONS})
  endif()
endfunction()

# cachekit_share_precompiled(NAME OWNER): the headers that another target has precompiled.
function(cachekit_share_precompiled name owner)
  if(CACHEKIT_PRECOMPILE OR CACHEKIT_PRECOMPILE_OWN)
    target_precompile_headers(${name} REUSE_FROM ${owner})
    target_compile_options(${name} PRIVATE ${CACHEKIT_PRECOMPILE_OPTIONS})
    # A definition that the headers were precompiled with must be there again.
    target_compile_definitions(${name} PRIVATE
      $<TARGET_PROPERTY:fmt::fmt,INTERFACE_COMPILE_DEFINITIONS>)
  endif()
endfunction()

# Files that run once and consist of templates from elsewhere (flags, JSON, logging): optimising
# them takes most of their time and gains nothing.
function(cachekit_seldom_run)
  set(optimisation -O1)
  if(CACHEKIT_SANITIZE OR CMAKE_BUILD_TYPE STREQUAL "Debug")
    set(optimisation -O0)
  endif()
  set_source_files_properties(${ARGN} PROPERTIES
    COMPILE_OPTIONS ${optimisation} SKIP_PRECOMPILE_HEADERS ON)
endfunction()
