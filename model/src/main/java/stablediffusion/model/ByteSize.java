package stablediffusion.model;

import java.util.Locale;

/** Formats amounts of memory and sizes of files. */
public final class ByteSize {
    private ByteSize() {}

    /** Formats a number of bytes in decimal units: "2.13 GB", "512.0 MB", "4.1 kB". */
    public static String format(long bytes) {
        if (bytes >= 1_000_000_000) {
            return String.format(Locale.ROOT, "%.2f GB", bytes / 1e9);
        }
        return bytes >= 1_000_000
                ? String.format(Locale.ROOT, "%.1f MB", bytes / 1e6)
                : String.format(Locale.ROOT, "%.1f kB", bytes / 1e3);
    }
}
