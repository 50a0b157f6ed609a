package stablediffusion.cli.output;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.util.Optional;

/** Writes to the standard output, and keeps the failure that Java's printing methods swallow: a full disk, or a reader that has gone. */
public final class StandardOutput {
    private static final String READER_GONE = "Broken pipe";

    private final PrintWriter writer = new PrintWriter(new OutputStreamWriter(
            new KeepingFailure(new FileOutputStream(FileDescriptor.out)), System.out.charset()), true);
    private Optional<IOException> failure = Optional.empty();

    public PrintWriter writer() {
        return writer;
    }

    /** Returns 0 if all was written; otherwise says why not, and returns 1. A reader that has gone, as head has early, needs no word on it. */
    public int exitCode(PrintWriter messages) {
        writer.flush();
        failure.filter(why -> !READER_GONE.equals(why.getMessage())).ifPresent(why -> {
            messages.println("sd: cannot write to the standard output: " + why.getMessage());
            messages.flush();
        });
        return failure.isEmpty() ? 0 : 1;
    }

    private final class KeepingFailure extends FilterOutputStream {
        KeepingFailure(OutputStream out) {
            super(out);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            try {
                out.write(bytes, offset, length);
            } catch (IOException e) {
                failure = Optional.of(e);
                throw e;
            }
        }
    }
}
