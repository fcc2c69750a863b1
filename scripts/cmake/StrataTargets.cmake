# The few functions that all CMakeLists here use.

# strata_layer(NAME SOURCES ... LINK ...): notes what a target is made of and may see, for the test "layers".
function(strata_layer name)
    cmake_parse_arguments(arg "" "" "SOURCES;LINK" ${ARGN})
    set(sources "")
    foreach(source IN LISTS arg_SOURCES)
        cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} NORMALIZE)
        cmake_path(RELATIVE_PATH source BASE_DIRECTORY ${PROJECT_SOURCE_DIR})
        list(APPEND sources ${source})
    endforeach()
    list(JOIN sources " " sources)
    list(JOIN arg_LINK " " links)
    set_property(GLOBAL APPEND_STRING PROPERTY STRATA_LAYERS "${name}|${sources}|${links}\n")
endfunction()

# strata_precompiled(NAME OWNER): NAME shares the precompiled headers of OWNER, or of core_base if OWNER is empty. They are foreign
# headers only, so that a source which lacks one of ours does not compile. Both need the same flags, and NAME may define more
# than OWNER does only if those headers do not read it; the compiler says so where it is not (-Winvalid-pch).
function(strata_precompiled name owner)
    if(NOT owner)
        set(owner core_base)
    endif()
    if(NOT name STREQUAL owner)
        target_precompile_headers(${name} REUSE_FROM ${owner})
    endif()
endfunction()

# strata_unity(NAME): with STRATA_UNITY the sources of NAME are compiled together, which takes a third of the time. Names in their
# anonymous namespaces differ therefore.
function(strata_unity name)
    if(STRATA_UNITY)
        set_target_properties(${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 20)
        target_compile_options(${name} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-Wno-subobject-linkage>)  # a source includes another's types
    endif()
endfunction()

# strata_library(NAME [SOURCES a.cpp ...] [LINK targets...] [PRIVATE_LINK targets...] [PRECOMPILED OWNER])
# A static library; sources are listed by hand, sorted. Includes are written from the project's root ("core/ir/expr.h").
function(strata_library name)
    cmake_parse_arguments(arg "" "PRECOMPILED" "SOURCES;LINK;PRIVATE_LINK" ${ARGN})
    strata_layer(${name} SOURCES ${arg_SOURCES} LINK ${arg_LINK} ${arg_PRIVATE_LINK})
    if(arg_SOURCES)
        add_library(${name} STATIC ${arg_SOURCES})
        target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
        target_link_libraries(${name} PUBLIC ${arg_LINK} PRIVATE ${arg_PRIVATE_LINK})
        strata_unity(${name})
        strata_precompiled(${name} "${arg_PRECOMPILED}")
    else()
        add_library(${name} INTERFACE)
        target_include_directories(${name} INTERFACE ${PROJECT_SOURCE_DIR})
        target_link_libraries(${name} INTERFACE ${arg_LINK} ${arg_PRIVATE_LINK})
    endif()
endfunction()

# strata_transforms(NAME TRANSFORMS_LIST [HELPERS LIST] LINK targets...)
# The library of a level's folder: its transforms and the sources they share, both lists of "LEVEL/name".
function(strata_transforms name list)
    cmake_parse_arguments(arg "" "HELPERS" "LINK" ${ARGN})
    set(sources "")
    foreach(entry IN LISTS ${list})
        list(APPEND sources ${PROJECT_SOURCE_DIR}/passes/${entry}.cpp)
    endforeach()
    if(arg_HELPERS)
        foreach(entry IN LISTS ${arg_HELPERS})
            list(APPEND sources ${PROJECT_SOURCE_DIR}/passes/${entry})
        endforeach()
    endif()
    strata_library(${name} SOURCES ${sources} LINK ${arg_LINK})
endfunction()

# strata_transform_table(FUNCTION name...)
# Writes FUNCTION.cpp into the binary folder: FUNCTION() -> std::vector<Transform> that calls the definition of each listed transform; "loops/split" is defined by
# STRATA_TRANSFORM(loops_split) in loops/split.cpp. A definition that is missing is a link error that names it.
function(strata_transform_table function)
    set(declarations "")
    set(calls "")
    foreach(entry IN LISTS ARGN)
        string(REPLACE "/" "_" identifier ${entry})
        string(APPEND declarations "Transform strata_transform_${identifier}();\n")
        string(APPEND calls "        strata_transform_${identifier}(),\n")
    endforeach()
    file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${function}.cpp @ONLY CONTENT
"// Written by CMake from the list of transforms.
#include \"core/transform/transform.h\"

namespace strata {
@declarations@
std::vector<Transform> @function@()
{
    return {
@calls@    };
}
}  // namespace strata
")
endfunction()

# strata_program(NAME SOURCES ... LINK ... [PRECOMPILED OWNER])
function(strata_program name)
    cmake_parse_arguments(arg "" "PRECOMPILED" "SOURCES;LINK" ${ARGN})
    strata_layer(${name} SOURCES ${arg_SOURCES} LINK ${arg_LINK})
    add_executable(${name} ${arg_SOURCES})
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
    target_link_libraries(${name} PRIVATE ${arg_LINK})
    target_compile_options(${name} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-fPIC>)  # as the libraries, whose headers it shares
    strata_precompiled(${name} "${arg_PRECOMPILED}")
endfunction()

# strata_test(NAME SOURCES tst_x.cpp LINK targets [SHARDS N] [TIMEOUT S] [USES programs]): tests registered under the name of
# their file, run after `programs` are built; with SHARDS N times, as NAME_1 to NAME_N, each with STRATA_SHARD=K/N in its
# environment. The tests of a folder are one program (tests/program.h), made by strata_test_program at the folder's end.
function(strata_test name)
    cmake_parse_arguments(arg "" "TIMEOUT;SHARDS" "SOURCES;LINK;USES" ${ARGN})
    set_property(DIRECTORY APPEND PROPERTY STRATA_TEST_NAMES ${name})
    set_property(DIRECTORY APPEND PROPERTY STRATA_TEST_SOURCES ${arg_SOURCES})
    set_property(DIRECTORY APPEND PROPERTY STRATA_TEST_LINK ${arg_LINK})
    set_property(DIRECTORY APPEND PROPERTY STRATA_TEST_USES ${arg_USES})
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 300)
    endif()
    set(environment "QT_QPA_PLATFORM=offscreen;STRATA_BIN=${CMAKE_BINARY_DIR}/bin;STRATA_CACHE=off")
    set(program ${CMAKE_BINARY_DIR}/bin/${name})
    if(arg_SHARDS)
        foreach(shard RANGE 1 ${arg_SHARDS})
            add_test(NAME ${name}_${shard} COMMAND ${program})
            set_tests_properties(${name}_${shard} PROPERTIES TIMEOUT ${arg_TIMEOUT}
                ENVIRONMENT "${environment};STRATA_SHARD=${shard}/${arg_SHARDS}")
        endforeach()
    else()
        add_test(NAME ${name} COMMAND ${program})
        set_tests_properties(${name} PROPERTIES TIMEOUT ${arg_TIMEOUT} ENVIRONMENT "${environment}")
    endif()
endfunction()

# strata_test_program(NAME [PRECOMPILED OWNER]): the program of this folder's tests, and a name and a target for each of them.
function(strata_test_program name)
    cmake_parse_arguments(arg "" "PRECOMPILED" "" ${ARGN})
    foreach(part NAMES SOURCES LINK USES)
        get_property(${part} DIRECTORY PROPERTY STRATA_TEST_${part})
        list(REMOVE_DUPLICATES ${part})
    endforeach()
    add_executable(${name} ${SOURCES} ${PROJECT_SOURCE_DIR}/tests/program.cpp)
    # Qt 6.4's moc does not parse libstdc++'s <concepts> (which <stop_token> includes); the option makes it skip that header.
    set_target_properties(${name} PROPERTIES AUTOMOC ON AUTOMOC_MOC_OPTIONS "-D_GLIBCXX_CONCEPTS=1")
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
    target_compile_definitions(${name} PRIVATE STRATA_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    target_link_libraries(${name} PRIVATE ${LINK} Qt6::Test)
    if(NOT arg_PRECOMPILED)
        set(arg_PRECOMPILED test_headers)
    endif()
    strata_precompiled(${name} ${arg_PRECOMPILED})
    foreach(program IN LISTS USES)
        if(TARGET ${program})
            add_dependencies(${name} ${program})
        endif()
    endforeach()
    file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
    foreach(test IN LISTS NAMES)
        add_custom_target(${test} DEPENDS ${name})
        file(REMOVE ${CMAKE_BINARY_DIR}/bin/${test})
        file(CREATE_LINK ${name} ${CMAKE_BINARY_DIR}/bin/${test} SYMBOLIC)
    endforeach()
endfunction()
