package stablediffusion.spark.request;

import stablediffusion.GenerationRequest;
import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.random.Rng;
import stablediffusion.model.sampler.Samplers;
import stablediffusion.model.sampler.Schedule;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Names what a row can say about its picture: the columns have the names of the options of {@code sd generate}. */
public enum Field {
    PROMPT(GenerationRequest.Builder::prompt),
    NEGATIVE_PROMPT(GenerationRequest.Builder::negativePrompt),
    LITERAL((builder, text) -> builder.literal(truth(text))),
    CHECK_BRACKETS((builder, text) -> builder.strict(truth(text))),
    CLIP_SKIP((builder, text) -> builder.clipSkip(whole(text).intValueExact())),
    WIDTH((builder, text) -> builder.width(whole(text).intValueExact())),
    HEIGHT((builder, text) -> builder.height(whole(text).intValueExact())),
    STEPS((builder, text) -> builder.steps(whole(text).intValueExact())),
    CFG_SCALE((builder, text) -> builder.guidanceScale(new BigDecimal(text).floatValue())),
    // A schedule may be the last word of a sampler; the column of schedules, which comes next, wins.
    SAMPLER((builder, text) -> {
        Samplers.Scheduled named = Samplers.findScheduled(text);
        builder.sampler(named.type().name());
        named.schedule().ifPresent(builder::schedule);
    }),
    SCHEDULE((builder, text) -> builder.schedule(Schedule.parse(text))),
    ETA((builder, text) -> builder.eta(new BigDecimal(text).doubleValue())),
    SEED((builder, text) -> builder.seed(seed(text))),
    RNG((builder, text) -> builder.rng(rng(text))),
    INIT_IMG((builder, text) -> builder.initialImage(Path.of(text))),
    STRENGTH((builder, text) -> builder.strength(new BigDecimal(text).doubleValue())),
    MASK((builder, text) -> builder.mask(Path.of(text)));

    private interface Setter {
        void set(GenerationRequest.Builder builder, String text);
    }

    private final Setter setter;

    Field(Setter setter) {
        this.setter = setter;
    }

    /** Returns the name of its column: {@code negative_prompt}. */
    public String column() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Returns the names of all columns, in the order in which fields are set. */
    public static List<String> columns() {
        return Arrays.stream(values()).map(Field::column).toList();
    }

    /** Finds a field by the name of its column, in letters of any case. */
    static Optional<Field> find(String column) {
        return Arrays.stream(values()).filter(field -> field.column().equalsIgnoreCase(column)).findFirst();
    }

    /**
     * Sets this field of a request.
     *
     * @throws InvalidRequestException if the text is no value of it
     */
    void apply(GenerationRequest.Builder builder, String text) {
        try {
            setter.set(builder, text);
        } catch (ArithmeticException | IllegalArgumentException wrong) {
            throw new InvalidRequestException(column() + " '" + text + "' is no " + kind(), wrong);
        }
    }

    private String kind() {
        return switch (this) {
            case LITERAL, CHECK_BRACKETS -> "true or false";
            case CFG_SCALE, ETA, STRENGTH -> "number";
            case RNG -> "cpu or cuda";
            case INIT_IMG, MASK -> "name of a file";
            default -> "whole number in its range";
        };
    }

    private static BigDecimal whole(String text) {
        return new BigDecimal(text);
    }

    private static boolean truth(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException(text);
        };
    }

    /** A random seed, which a negative one means elsewhere, would give another picture at each attempt. */
    private static long seed(String text) {
        long seed = whole(text).longValueExact();
        if (seed < 0) {
            throw new InvalidRequestException("seed " + text + " is below 0; leave it out for one that is derived from the other columns");
        }
        return seed;
    }

    private static Rng rng(String text) {
        return Rng.valueOf(text.toUpperCase(Locale.ROOT));
    }
}
