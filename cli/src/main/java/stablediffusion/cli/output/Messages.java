package stablediffusion.cli.output;

import stablediffusion.model.Printable;

import java.io.PrintWriter;
import java.util.function.Consumer;

/** Prints what is being done. */
public final class Messages {
    private Messages() {}

    public static Consumer<String> to(PrintWriter out) {
        return message -> {
            out.println(Printable.line(message));
            out.flush();
        };
    }
}
