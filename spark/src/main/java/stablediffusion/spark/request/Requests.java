package stablediffusion.spark.request;

import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.NullType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import stablediffusion.model.InvalidRequestException;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** Gives each row of a table its picture's name. */
public final class Requests {
    /** Name of the column of names. */
    public static final String ID = "id";

    private static final StructType SCHEMA = schema();

    private Requests() {}

    /**
     * Checks that every column is a field, so that a misspelled one is not left out in silence, and that its values can be read.
     *
     * @param ignored columns that mean nothing here
     * @throws InvalidRequestException if one is not, has a type without a plain text (a list, bytes, a date), or there is no prompt
     */
    public static void requireFields(StructType schema, Set<String> ignored) {
        List<String> columns = Arrays.asList(schema.fieldNames());
        for (StructField column : schema.fields()) {
            if (!column.name().equals(RequestRow.DAMAGE_COLUMN) && !ignored.contains(column.name())) {
                requireField(column);
            }
        }
        if (columns.stream().noneMatch(Field.PROMPT.column()::equalsIgnoreCase)) {
            throw new InvalidRequestException(
                    "the input has no column " + Field.PROMPT.column() + "; it has " + String.join(", ", columns));
        }
    }

    private static void requireField(StructField column) {
        String name = column.name();
        if (Field.find(name).isEmpty()) {
            throw new InvalidRequestException("there is no field '" + name + "' of a request; there are "
                    + String.join(", ", Field.columns()) + ". A column can be left out: --ignore " + name);
        }
        switch (column.dataType()) {
            case StringType _,NumericType _,BooleanType _,NullType _ -> {
            }
            default -> throw new InvalidRequestException("the column " + name + " has the type " + column.dataType().simpleString()
                    + "; it must be text, numbers, or true and false");
        }
    }

    /**
     * Returns the requests of a table, each once: {@value #ID}, and all fields as text.
     *
     * @param maker model and settings that change pictures
     * @param ignored columns that mean nothing here
     */
    public static Dataset<Row> distinct(Dataset<Row> table, String maker, Set<String> ignored) {
        Dataset<Row> fields = table.drop(ignored.toArray(String[]::new));
        String[] columns = fields.columns();
        MapFunction<Row, Row> identify = row -> identified(RequestRow.of(row, columns), maker);
        return fields.map(identify, Encoders.row(SCHEMA)).dropDuplicates(ID);
    }

    /** Returns the picture's name of a row of {@link #distinct}. */
    public static String id(Row row) {
        return row.getString(0);
    }

    /** Returns what a row of {@link #distinct} says. */
    public static RequestRow read(Row row) {
        return RequestRow.of(row, SCHEMA.fieldNames());
    }

    private static Row identified(RequestRow row, String maker) {
        List<Object> values = new ArrayList<>(List.of(row.id(maker)));
        for (Field field : Field.values()) {
            values.add(row.fields().get(field));
        }
        values.add(row.damage().orElse(null));
        return RowFactory.create(values.toArray());
    }

    private static StructType schema() {
        StructType schema = new StructType().add(ID, DataTypes.StringType, false);
        for (String column : Field.columns()) {
            schema = schema.add(column, DataTypes.StringType);
        }
        return schema.add(RequestRow.DAMAGE_COLUMN, DataTypes.StringType);
    }
}
