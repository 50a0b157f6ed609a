package stablediffusion.server.http;

import stablediffusion.model.Printable;
import tools.jackson.databind.json.JsonMapper;

import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/** Writes a line for each answered request. What came from the client is escaped. */
public final class AccessLog implements Consumer<Answered> {
    private final Consumer<String> out;
    private final boolean json;

    /** @param json whether lines are JSON objects, for programs */
    public AccessLog(Consumer<String> out, boolean json) {
        this.out = out;
        this.json = json;
    }

    @Override
    public void accept(Answered request) {
        out.accept(json ? json(request) : text(request));
    }

    private static String text(Answered request) {
        return String.format(Locale.ROOT, "%s %s %s %s %d %d bytes %d ms",
                request.time().truncatedTo(ChronoUnit.MILLIS),
                request.client(),
                Printable.line(request.method()),
                Printable.line(request.path()),
                request.status(),
                request.bytes(),
                request.took().toMillis());
    }

    private static String json(Answered request) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("time", request.time().truncatedTo(ChronoUnit.MILLIS).toString());
        line.put("client", request.client());
        line.put("method", request.method());
        line.put("path", request.path());
        line.put("status", request.status());
        line.put("bytes", request.bytes());
        line.put("milliseconds", request.took().toMillis());
        return Printable.json(JsonMapper.shared().writeValueAsString(line));
    }
}
