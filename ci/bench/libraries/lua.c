// Lua at work: `run(n)` loads lua.lua and calls its `speed(n)`; the checksum is made of the text that it returns.
#include <lauxlib.h>
#include <lualib.h>
#include <stdint.h>

static const char script[] = {
#embed "lua.lua" suffix(, 0)
};

static const luaL_Reg parts[] = {{LUA_GNAME, luaopen_base},         {LUA_TABLIBNAME, luaopen_table},
                                 {LUA_STRLIBNAME, luaopen_string},  {LUA_MATHLIBNAME, luaopen_math}};

__attribute__((export_name("run"))) uint64_t run(uint32_t n) {
    uint64_t sum = 0;
    size_t length = 0;
    lua_State *lua = luaL_newstate();
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        luaL_requiref(lua, parts[i].name, parts[i].func, 1);
        lua_pop(lua, 1);
    }
    luaL_loadbuffer(lua, script, sizeof script - 1, "lua.lua");
    lua_call(lua, 0, 1);
    lua_pushinteger(lua, n);
    lua_call(lua, 1, 1);
    const char *text = lua_tolstring(lua, -1, &length);
    for (size_t i = 0; i < length; i++) sum = sum * 31 + (unsigned char)text[i];
    lua_close(lua);
    return sum;
}
