package stablediffusion.cli.options;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;
import stablediffusion.StableDiffusion;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How much memory the networks may take. */
public final class MemoryOptions {
    @Option(
            names = "--max-memory",
            paramLabel = "SIZE",
            converter = Size.class,
            description = "What the networks may take at a time, for instance 4G or 1500M: those that are not needed are dropped, and "
                    + "pictures are decoded in tiles when they do not fit as a whole. The program itself takes some hundred MB more. Default: "
                    + "as much as they need.")
    private Optional<Long> most = Optional.empty();

    @Option(
            names = "--vae-tiling",
            description = "Encode and decode pictures in tiles even where they fit as a whole: less memory, more time, the same picture.")
    private boolean tiles;

    /** Adds these options to the settings of the library. */
    public StableDiffusion.Builder apply(StableDiffusion.Builder builder) {
        most.ifPresent(builder::maxMemory);
        return builder.vaeTiling(tiles);
    }

    /** "4G", "4 GB", "1.5GiB", "800M" to bytes. */
    public static final class Size implements ITypeConverter<Long> {
        private static final Pattern FORM = Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*([KMGT]?)(i?)B?", Pattern.CASE_INSENSITIVE);
        private static final Map<String, Integer> POWERS = Map.of("", 0, "K", 1, "M", 2, "G", 3, "T", 4);

        @Override
        public Long convert(String text) {
            Matcher matcher = FORM.matcher(text.strip());
            if (!matcher.matches()) {
                throw new TypeConversionException("'" + text + "' is no size: write for instance 4G or 1500M");
            }
            int power = POWERS.get(matcher.group(2).toUpperCase(Locale.ROOT));
            BigDecimal unit = BigDecimal.valueOf(matcher.group(3).isEmpty() ? 1000 : 1024).pow(power);
            BigDecimal bytes = new BigDecimal(matcher.group(1)).multiply(unit);
            if (bytes.compareTo(BigDecimal.ONE) < 0 || bytes.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
                throw new TypeConversionException("'" + text + "' is no amount of memory: write for instance 4G or 1500M");
            }
            return bytes.longValue();
        }
    }
}
