package stablediffusion.server.webui;

import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Writes times as the web UI does. */
final class StateTime {
    private static final DateTimeFormatter FORM = DateTimeFormatter.ofPattern("yyyyMMddHHmmss", Locale.ROOT);

    private StateTime() {}

    static String now() {
        return LocalDateTime.now(ZoneId.systemDefault()).format(FORM);
    }
}
