package stablediffusion.cli.options;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;
import stablediffusion.model.Precision;

import java.util.Iterator;
import java.util.List;
import java.util.Locale;

/** Converts the value of an option to a precision that converted models can be stored in. */
public final class BlobPrecision implements ITypeConverter<Precision> {
    private static final List<String> NAMES = List.of("f16", "f32");

    /** Lists the values for help and completion. */
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
