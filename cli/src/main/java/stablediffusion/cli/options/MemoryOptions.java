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

/** Options that limit the memory of the networks. */
public final class MemoryOptions {
    @Option(
            names = "--max-memory",
            paramLabel = "SIZE",
            converter = Size.class,
            description = "Limit for the memory of the networks, for instance 4G or 1500M: networks that are not needed are dropped, and images "
                    + "are decoded in tiles if they do not fit as a whole. The program itself takes some hundred MB more. Default: no limit.")
    private Optional<Long> most = Optional.empty();

    @Option(
            names = "--vae-tiling",
            description = "Encode and decode images in tiles even if they fit as a whole: less memory, more time, the same image.")
    private boolean tiles;

    /** Adds these options to the settings of the library. */
    public StableDiffusion.Builder apply(StableDiffusion.Builder builder) {
        most.ifPresent(builder::maxMemory);
        return builder.vaeTiling(tiles);
    }

    /** Converts "4G", "4 GB", "1.5GiB" or "800M" to bytes. */
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
