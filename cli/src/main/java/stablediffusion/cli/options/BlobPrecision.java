package stablediffusion.cli.options;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;
import stablediffusion.model.Precision;

import java.util.Iterator;
import java.util.List;
import java.util.Locale;

/** What a converted model may be stored in, as an option's value. */
public final class BlobPrecision implements ITypeConverter<Precision> {
    private static final List<String> NAMES = List.of("f16", "f32");

    /** For help and completion. */
    public static final class Names implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return NAMES.iterator();
        }
    }

    @Override
    public Precision convert(String text) {
        String name = text.toLowerCase(Locale.ROOT);
        if (!NAMES.contains(name)) {
            throw new TypeConversionException("converted models are stored in " + String.join(" or ", NAMES) + ", not " + text);
        }
        return Precision.valueOf(name.toUpperCase(Locale.ROOT));
    }
}
