package stablediffusion.server.http;

import java.util.Optional;

/**
 * Describes a field of a request.
 *
 * @param defaultValue empty: it has none, or depends on something
 */
public record Field(String name, Type type, String description, Optional<Object> defaultValue) {

    /** Names the types of JSON, and files in forms. */
    public enum Type {
        STRING("string"),
        INTEGER("integer"),
        NUMBER("number"),
        BOOLEAN("boolean"),
        OBJECT("object"),
        STRINGS("array"),
        FILE("string");

        private final String json;

        Type(String json) {
            this.json = json;
        }

        /** Returns its name in JSON Schema. */
        public String json() {
            return json;
        }
    }

    public static Field text(String name, String description) {
        return new Field(name, Type.STRING, description, Optional.empty());
    }

    public static Field text(String name, String description, String defaultValue) {
        return new Field(name, Type.STRING, description, Optional.of(defaultValue));
    }

    public static Field integer(String name, String description) {
        return new Field(name, Type.INTEGER, description, Optional.empty());
    }

    public static Field integer(String name, String description, long defaultValue) {
        return new Field(name, Type.INTEGER, description, Optional.of(defaultValue));
    }

    public static Field number(String name, String description) {
        return new Field(name, Type.NUMBER, description, Optional.empty());
    }

    public static Field number(String name, String description, double defaultValue) {
        return new Field(name, Type.NUMBER, description, Optional.of(defaultValue));
    }

    public static Field flag(String name, String description, boolean defaultValue) {
        return new Field(name, Type.BOOLEAN, description, Optional.of(defaultValue));
    }

    public static Field object(String name, String description) {
        return new Field(name, Type.OBJECT, description, Optional.empty());
    }

    public static Field texts(String name, String description) {
        return new Field(name, Type.STRINGS, description, Optional.empty());
    }

    public static Field file(String name, String description) {
        return new Field(name, Type.FILE, description, Optional.empty());
    }
}
