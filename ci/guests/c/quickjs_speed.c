// QuickJS at work, for the benchmark: `run(n)` evaluates js/speed.js and calls its `speed(n)`; the checksum is
// made of the text that it returns.
#include <quickjs.h>
#include <stdint.h>

static const char script[] = {
#embed "../js/speed.js" suffix(, 0)
};

__attribute__((export_name("run"))) uint64_t run(uint32_t n) {
    uint64_t sum = 0;
    JSRuntime *rt = JS_NewRuntime();
    JSContext *ctx = JS_NewContext(rt);
    JSValue global = JS_GetGlobalObject(ctx);
    JS_FreeValue(ctx, JS_Eval(ctx, script, sizeof script - 1, "speed.js", JS_EVAL_TYPE_GLOBAL));
    JSValue speed = JS_GetPropertyStr(ctx, global, "speed");
    JSValue argument = JS_NewInt32(ctx, (int32_t)n);
    JSValue result = JS_Call(ctx, speed, global, 1, &argument);
    if (JS_IsException(result)) result = JS_GetException(ctx);
    const char *text = JS_ToCString(ctx, result);
    for (const char *at = text; text && *at; at++) sum = sum * 31 + (unsigned char)*at;
    JS_FreeCString(ctx, text);
    JS_FreeValue(ctx, result);
    JS_FreeValue(ctx, speed);
    JS_FreeValue(ctx, global);
    JS_FreeContext(ctx);
    JS_FreeRuntime(rt);
    return sum;
}
