package stablediffusion.spark.request;

import org.apache.spark.sql.Row;
import stablediffusion.GenerationRequest;
import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.UserException;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;

/**
 * Holds what a row says about its picture, and nothing of where the row is: the same row gives the same picture whatever the order and
 * partitioning. Numbers have one spelling: 7.50 in a text is 7.5 in a column of numbers.
 *
 * @param fields as text; those that the row leaves out are missing
 * @param damage the line of the input that could not be read as a row
 */
public record RequestRow(Map<Field, String> fields, Optional<String> damage) {
    /** The column in which Spark keeps a line that it cannot read. */
    public static final String DAMAGE_COLUMN = "_corrupt_record";

    private static final int SHOWN = 80;

    public RequestRow {
        fields = Collections.unmodifiableMap(new EnumMap<>(fields));
    }

    /**
     * Reads a row, whatever the types of its columns. Columns that are no field are left out.
     *
     * @param columns their names, which a row that comes from a function does not know
     */
    public static RequestRow of(Row row, String[] columns) {
        Map<Field, String> fields = new EnumMap<>(Field.class);
        Optional<String> damage = Optional.empty();
        for (int i = 0; i < columns.length; i++) {
            if (row.isNullAt(i)) {
                continue;
            }
            String text = text(row.get(i));
            if (columns[i].equals(DAMAGE_COLUMN)) {
                damage = Optional.of(text);
            } else {
                Field.find(columns[i]).ifPresent(field -> add(fields, field, text));
            }
        }
        return new RequestRow(fields, damage).withSeed();
    }

    private static String text(Object value) {
        return value instanceof Number number ? plain(number.toString()) : value.toString();
    }

    private static void add(Map<Field, String> fields, Field field, String text) {
        switch (field) {
            case PROMPT, NEGATIVE_PROMPT -> fields.put(field, text);
            default -> {
                if (!text.isBlank()) {
                    fields.put(field, plain(text.strip()));
                }
            }
        }
    }

    /** Returns a number in its one spelling, and other text as it is. */
    private static String plain(String text) {
        try {
            BigDecimal number = new BigDecimal(text);
            boolean hasFewDigits = Math.abs((long) number.scale()) < SHOWN && number.precision() < SHOWN;
            return hasFewDigits ? number.signum() == 0 ? "0" : number.stripTrailingZeros().toPlainString() : text;
        } catch (NumberFormatException noNumber) {
            return text;
        }
    }

    /** Gives a row without a seed one that follows from its other fields: from 0 to 2^32 - 1. */
    private RequestRow withSeed() {
        if (fields.containsKey(Field.SEED)) {
            return this;
        }
        Map<Field, String> complete = new EnumMap<>(Field.class);
        complete.putAll(fields);
        complete.put(Field.SEED, Long.toString(Integer.toUnsignedLong(ByteBuffer.wrap(digest("")).getInt())));
        return new RequestRow(complete, damage);
    }

    /**
     * Returns the picture's name: 64 hexadecimal digits, which follow from the fields and what makes the picture.
     *
     * @param maker model and settings that change pictures
     */
    public String id(String maker) {
        return HexFormat.of().formatHex(digest(maker));
    }

    private byte[] digest(String maker) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            add(digest, maker);
            fields.forEach((field, text) -> {
                add(digest, field.column());
                add(digest, text);
            });
            add(digest, damage.orElse(""));
            return digest.digest();
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException(missing);
        }
    }

    /** The length in front keeps two texts from being taken for one. */
    private static void add(MessageDigest digest, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
        digest.update(bytes);
    }

    /**
     * Builds the request.
     *
     * @throws UserException if the row is damaged, has no prompt, or says something that no picture can have
     */
    public GenerationRequest request() {
        damage.ifPresent(line -> {
            throw new InvalidRequestException("the row cannot be read: " + line.substring(0, Math.min(SHOWN, line.length())));
        });
        if (!fields.containsKey(Field.PROMPT)) {
            throw new InvalidRequestException("the row has no prompt");
        }
        GenerationRequest.Builder builder = GenerationRequest.prompt("");
        fields.forEach((field, text) -> field.apply(builder, text));
        return builder.build();
    }
}
