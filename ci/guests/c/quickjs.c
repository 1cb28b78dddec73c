// QuickJS with one function, print: reads the script named on the command line and runs it, promises too.
#include <quickjs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static JSValue print(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv) {
    (void)self;
    for (int i = 0; i < argc; i++) {
        const char *text = JS_ToCString(ctx, argv[i]);
        if (!text) return JS_EXCEPTION;
        printf("%s%s", i ? " " : "", text);
        JS_FreeCString(ctx, text);
    }
    putchar('\n');
    return JS_UNDEFINED;
}

static char *load(const char *path, size_t *len) {
    FILE *f = fopen(path, "rb");
    if (!f) {
        perror(path);
        exit(2);
    }
    fseek(f, 0, SEEK_END);
    *len = (size_t)ftell(f);
    rewind(f);
    char *text = malloc(*len + 1);
    if (fread(text, 1, *len, f) != *len) {
        perror(path);
        exit(2);
    }
    text[*len] = 0;
    fclose(f);
    return text;
}

static int report(JSContext *ctx) {
    JSValue e = JS_GetException(ctx);
    const char *text = JS_ToCString(ctx, e);
    printf("uncaught: %s\n", text ? text : "?");
    JS_FreeCString(ctx, text);
    JS_FreeValue(ctx, e);
    return 1;
}

int main(int argc, char **argv) {
    if (argc < 2) return 2;
    size_t len;
    char *script = load(argv[1], &len);
    JSRuntime *rt = JS_NewRuntime();
    JSContext *ctx = JS_NewContext(rt);
    JSValue global = JS_GetGlobalObject(ctx);
    JS_SetPropertyStr(ctx, global, "print", JS_NewCFunction(ctx, print, "print", 1));
    JS_FreeValue(ctx, global);
    int status = 0;
    JSValue v = JS_Eval(ctx, script, len, argv[1], JS_EVAL_TYPE_GLOBAL);
    if (JS_IsException(v)) status = report(ctx);
    JS_FreeValue(ctx, v);
    JSContext *job;
    int more;
    while ((more = JS_ExecutePendingJob(rt, &job)) > 0) {}
    if (more < 0) status = report(job);
    JS_FreeContext(ctx);
    JS_FreeRuntime(rt);
    free(script);
    return status;
}
