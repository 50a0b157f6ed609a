package stablediffusion.spark.output;

import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import scala.jdk.javaapi.CollectionConverters;
import stablediffusion.GeneratedImage;
import stablediffusion.GenerationRequest;
import stablediffusion.spark.request.Field;
import stablediffusion.spark.request.RequestRow;
import stablediffusion.spark.request.Requests;

import java.sql.Timestamp;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Describes the table that a job writes: a row for each picture, or for what failed. */
public final class PictureTable {
    public static final String ID = Requests.ID;
    public static final String ERROR = "error";
    public static final String SHA256 = "sha256";
    public static final String PATH = "path";
    public static final String PICTURE = "picture";

    /** The columns; docs/CLUSTER.md explains them. */
    public static final StructType SCHEMA = new StructType()
            .add(ID, DataTypes.StringType)
            .add("prompt", DataTypes.StringType)
            .add("negative_prompt", DataTypes.StringType)
            .add("seed", DataTypes.LongType)
            .add("width", DataTypes.IntegerType)
            .add("height", DataTypes.IntegerType)
            .add("steps", DataTypes.IntegerType)
            .add("sampler", DataTypes.StringType)
            .add("cfg_scale", DataTypes.FloatType)
            .add("request", DataTypes.createMapType(DataTypes.StringType, DataTypes.StringType))
            .add("metadata", DataTypes.StringType)
            .add("model", DataTypes.StringType)
            .add(PATH, DataTypes.StringType)
            .add(PICTURE, DataTypes.BinaryType)
            .add(SHA256, DataTypes.StringType)
            .add("bytes", DataTypes.LongType)
            .add("seconds", DataTypes.DoubleType)
            .add("timings", DataTypes.createMapType(DataTypes.StringType, DataTypes.DoubleType))
            .add("finished", DataTypes.TimestampType)
            .add("host", DataTypes.StringType)
            .add("executor", DataTypes.StringType)
            .add("device", DataTypes.StringType)
            .add(ERROR, DataTypes.StringType);

    /**
     * Says who made a picture.
     *
     * @param device the engine in words: "cpu: oneDNN 3.11.0, 2 threads, bf16"
     */
    public record Maker(String model, String host, String executor, String device) {}

    private PictureTable() {}

    /**
     * Returns the row of a picture.
     *
     * @param png its file, kept in the row if {@code inTable}, else in a folder
     */
    public static Row made(String id, RequestRow asked, GeneratedImage image, byte[] png, boolean inTable, Duration time, Maker maker) {
        GenerationRequest request = image.request();
        Map<String, Double> timings = new HashMap<>();
        image.durations().forEach((phase, duration) -> timings.put(phase.name().toLowerCase(Locale.ROOT), seconds(duration)));
        Map<String, Object> values = described(id, asked, time, maker);
        values.put("prompt", request.prompt());
        values.put("negative_prompt", request.negativePrompt());
        values.put("seed", request.seed());
        values.put("width", image.width());
        values.put("height", image.height());
        values.put("steps", request.steps());
        values.put("sampler", request.sampler());
        values.put("cfg_scale", request.guidanceScale());
        values.put("metadata", image.metadata());
        if (inTable) {
            values.put(PICTURE, png);
        } else {
            values.put(PATH, PictureFolder.path(id));
        }
        values.put(SHA256, Checksum.of(png));
        values.put("bytes", (long) png.length);
        values.put("timings", timings);
        return row(values);
    }

    /** Returns the row of a request that gave no picture. */
    public static Row failed(String id, RequestRow asked, String error, Duration time, Maker maker) {
        Map<String, Object> values = described(id, asked, time, maker);
        values.put("prompt", asked.fields().get(Field.PROMPT));
        values.put(ERROR, error);
        return row(values);
    }

    private static Map<String, Object> described(String id, RequestRow asked, Duration time, Maker maker) {
        Map<String, Object> values = new HashMap<>();
        values.put(ID, id);
        values.put("request", asked.fields().entrySet().stream()
                .collect(Collectors.toMap(field -> field.getKey().column(), Map.Entry::getValue)));
        values.put("model", maker.model());
        values.put("seconds", seconds(time));
        values.put("finished", new Timestamp(System.currentTimeMillis()));
        values.put("host", maker.host());
        values.put("executor", maker.executor());
        values.put("device", maker.device());
        return values;
    }

    private static Row row(Map<String, Object> values) {
        Object[] row = new Object[SCHEMA.size()];
        for (int i = 0; i < row.length; i++) {
            Object value = values.get(SCHEMA.fieldNames()[i]);
            row[i] = value instanceof Map<?, ?> map ? CollectionConverters.asScala(map) : value;
        }
        return RowFactory.create(row);
    }

    private static double seconds(Duration duration) {
        return duration.toNanos() / 1e9;
    }
}
