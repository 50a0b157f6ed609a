package stablediffusion.server.http;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Reads the fields of a request, which all are optional; {@code null} is as good as none. Numbers may be given as text, as FastAPI takes them. A
 * value of the wrong type is an {@link HttpFailure} that names the field.
 */
public final class Fields {
    private final ObjectNode values;
    private final Set<String> declared;

    /** @param declared what may be read: so that what is read is documented */
    public Fields(ObjectNode values, List<Field> declared) {
        this.values = values;
        this.declared = declared.stream().map(Field::name).collect(Collectors.toUnmodifiableSet());
    }

    /** Returns the names of given fields that are not declared. */
    public Set<String> unknown() {
        Set<String> unknown = new LinkedHashSet<>(values.propertyNames());
        unknown.removeAll(declared);
        return unknown;
    }

    /** Returns all that was given. */
    public ObjectNode values() {
        return values;
    }

    private Optional<JsonNode> value(String name) {
        if (!declared.contains(name)) {
            throw new IllegalArgumentException("the field " + name + " is not declared");
        }
        return Optional.ofNullable(values.get(name)).filter(value -> !value.isNull());
    }

    /** Returns whether a field was given. */
    public boolean has(String name) {
        return value(name).isPresent();
    }

    public Optional<String> text(String name) {
        return value(name).map(value -> {
            if (!value.isString()) {
                throw HttpFailure.ofField(name, "str type expected", "type_error.str");
            }
            return value.stringValue();
        });
    }

    /**
     * Returns a text that is not longer than a limit.
     *
     * @param most number of characters
     */
    public Optional<String> text(String name, int most) {
        Optional<String> text = text(name);
        if (text.isPresent() && text.get().length() > most) {
            throw HttpFailure.ofField(name, "ensure this value has at most " + most + " characters", "value_error.any_str.max_length");
        }
        return text;
    }

    public Optional<Long> integer(String name) {
        return value(name).map(value -> {
            try {
                double number = value.isString() ? Double.parseDouble(value.stringValue().strip()) : value.doubleValue();
                long whole = value.isIntegralNumber() ? value.longValue() : (long) number;
                if (value.isIntegralNumber() && value.canConvertToLong() || whole == number && Math.abs(number) <= 1L << 53) {
                    return whole;
                }
            } catch (RuntimeException noNumber) {
                // Answered below.
            }
            throw HttpFailure.ofField(name, "value is not a valid integer", "type_error.integer");
        });
    }

    /** Returns a whole number from a range. */
    public Optional<Integer> integer(String name, int least, int most) {
        return integer(name).map(value -> {
            requireRange(name, value, least, most);
            return Math.toIntExact(value);
        });
    }

    private static void requireRange(String name, double value, double least, double most) {
        if (value < least) {
            throw HttpFailure.ofField(name, "ensure this value is greater than or equal to " + plain(least),
                    "value_error.number.not_ge");
        }
        if (value > most) {
            throw HttpFailure.ofField(name, "ensure this value is less than or equal to " + plain(most), "value_error.number.not_le");
        }
    }

    private static String plain(double number) {
        return number == Math.rint(number) ? Long.toString((long) number) : Double.toString(number);
    }

    public Optional<Double> number(String name) {
        return value(name).map(value -> {
            try {
                double number = value.isString() ? Double.parseDouble(value.stringValue().strip()) : value.doubleValue();
                if (Double.isFinite(number)) {
                    return number;
                }
            } catch (RuntimeException noNumber) {
                // Answered below.
            }
            throw HttpFailure.ofField(name, "value is not a valid float", "type_error.float");
        });
    }

    /** Returns a number from a range. */
    public Optional<Double> number(String name, double least, double most) {
        Optional<Double> number = number(name);
        number.ifPresent(value -> requireRange(name, value, least, most));
        return number;
    }

    public boolean flag(String name, boolean defaultValue) {
        return value(name).map(value -> {
            if (value.isBoolean()) {
                return value.booleanValue();
            }
            return switch (value.asString("")) {
                case "true", "True", "1", "on", "yes" -> true;
                case "false", "False", "0", "off", "no" -> false;
                default -> throw HttpFailure.ofField(name, "value could not be parsed to a boolean", "type_error.bool");
            };
        }).orElse(defaultValue);
    }

    /** Returns an object, whose fields are read by declarations of their own. */
    public Optional<ObjectNode> object(String name) {
        return value(name).map(value -> {
            if (value instanceof ObjectNode object) {
                return object;
            }
            throw HttpFailure.ofField(name, "value is not a valid dict", "type_error.dict");
        });
    }

    /** Returns a list of texts; a single text is a list of one. */
    public List<String> texts(String name) {
        Optional<JsonNode> list = value(name);
        List<String> texts = new ArrayList<>();
        if (list.isPresent()) {
            Iterable<JsonNode> values = list.get().isArray() ? list.get().values() : List.of(list.get());
            for (JsonNode value : values) {
                if (!value.isString()) {
                    throw HttpFailure.ofField(name, "str type expected", "type_error.str");
                }
                texts.add(value.stringValue());
            }
        }
        return texts;
    }
}
