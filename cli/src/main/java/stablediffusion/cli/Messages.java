package stablediffusion.cli;

import java.io.PrintWriter;
import java.util.function.Consumer;

/** What is being done, as it is done. */
final class Messages {
    private Messages() {}

    static Consumer<String> to(PrintWriter out) {
        return message -> {
            out.println(message);
            out.flush();
        };
    }
}
