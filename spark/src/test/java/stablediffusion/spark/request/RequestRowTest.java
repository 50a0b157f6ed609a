package stablediffusion.spark.request;

import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.GenericRowWithSchema;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import stablediffusion.GenerationRequest;
import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.random.Rng;
import stablediffusion.model.sampler.Schedule;

import java.util.Set;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class RequestRowTest {

    private static RequestRow read(Row row) {
        return RequestRow.of(row, row.schema().fieldNames());
    }

    /** @param columns name, type and value in turn */
    private static Row row(Object... columns) {
        StructType schema = new StructType();
        Object[] values = new Object[columns.length / 3];
        for (int i = 0; i < values.length; i++) {
            schema = schema.add((String) columns[3 * i], (DataType) columns[3 * i + 1]);
            values[i] = columns[3 * i + 2];
        }
        return new GenericRowWithSchema(values, schema);
    }

    private static Row texts(String... columns) {
        Object[] typed = new Object[columns.length / 2 * 3];
        for (int i = 0; i < columns.length / 2; i++) {
            typed[3 * i] = columns[2 * i];
            typed[3 * i + 1] = DataTypes.StringType;
            typed[3 * i + 2] = columns[2 * i + 1];
        }
        return row(typed);
    }

    @Test
    void setsEveryFieldOfTheRequest() {
        GenerationRequest request = read(texts("prompt", "a cat", "negative_prompt", "a dog", "literal", "true", "check_brackets", "true",
                "clip_skip", "2", "width", "64", "height", "128", "steps", "7", "cfg_scale", "3.5", "sampler", "euler_a", "schedule",
                "karras",
                "eta", "0.5", "seed", "4294967295", "rng", "cuda")).request();
        assertEquals("a cat", request.prompt());
        assertEquals("a dog", request.negativePrompt());
        assertTrue(request.literal());
        assertEquals(2, request.clipSkip());
        assertEquals(64, request.width().getAsInt());
        assertEquals(128, request.height().getAsInt());
        assertEquals(7, request.steps());
        assertEquals(3.5f, request.guidanceScale());
        assertEquals(GenerationRequest.prompt("").sampler("euler_a").build().sampler(), request.sampler());
        assertEquals(Schedule.KARRAS, request.schedule());
        assertEquals(0.5, request.eta().getAsDouble());
        assertEquals(4294967295L, request.seed());
        assertEquals(Rng.CUDA, request.rng());
    }

    @Test
    void theTypesOfColumnsDoNotMatter() {
        Row text = texts("prompt", "a cat", "steps", " 20 ", "cfg_scale", "7.50", "seed", "5", "literal", "true");
        Row typed = row("prompt", DataTypes.StringType, "a cat", "steps", DataTypes.IntegerType, 20, "cfg_scale", DataTypes.DoubleType, 7.5,
                "seed", DataTypes.LongType, 5L, "literal", DataTypes.BooleanType, true);
        Row otherOrder =
                row("literal", DataTypes.BooleanType, true, "seed", DataTypes.DoubleType, 5.0, "Prompt", DataTypes.StringType, "a cat",
                        "cfg_scale", DataTypes.FloatType, 7.5f, "steps", DataTypes.LongType, 20L, "eta", DataTypes.DoubleType, null);
        assertEquals(read(text), read(typed));
        assertEquals(read(text), read(otherOrder));
        assertEquals(read(text).id("m"), read(otherOrder).id("m"));
    }

    @Test
    void differentRowsHaveDifferentNames() {
        String id = read(texts("prompt", "a cat", "seed", "1")).id("m");
        assertEquals(64, id.length());
        assertNotEquals(id, read(texts("prompt", "a cat", "seed", "2")).id("m"));
        assertNotEquals(id, read(texts("prompt", "a cat ", "seed", "1")).id("m"));
        assertNotEquals(id, read(texts("prompt", "a cat", "seed", "1")).id("n"));
        // The same characters, split otherwise.
        assertNotEquals(read(texts("prompt", "ab", "negative_prompt", "c", "seed", "1")).id("m"),
                read(texts("prompt", "a", "negative_prompt", "bc", "seed", "1")).id("m"));
    }

    @Test
    void aMissingSeedFollowsFromTheRow() {
        GenerationRequest first = read(texts("prompt", "a cat")).request();
        assertEquals(first.seed(), read(texts("prompt", "a cat", "seed", " ")).request().seed());
        assertNotEquals(first.seed(), read(texts("prompt", "a dog")).request().seed());
        assertTrue(first.seed() >= 0 && first.seed() < 1L << 32);
    }

    @Test
    void aRowThatWasReadOnceIsReadTheSameAgain() {
        RequestRow row = read(texts("prompt", "20.0", "steps", "2e1"));
        assertEquals("20.0", row.fields().get(Field.PROMPT));
        assertEquals("20", row.fields().get(Field.STEPS));
        String[] again = row.fields().entrySet().stream().flatMap(field -> Stream.of(field.getKey().column(), field.getValue()))
                .toArray(String[]::new);
        assertEquals(row, read(texts(again)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "steps | ten | steps 'ten' is no whole number in its range",
        "steps | 2.5 | steps '2.5' is no whole number in its range",
        "steps | 99999999999 | steps '99999999999' is no whole number in its range",
        "width | 1e999999999 | width '1e999999999' is no whole number in its range",
        "cfg_scale | NaN | cfg_scale 'NaN' is no number",
        "literal | yes | literal 'yes' is no true or false",
        "rng | gpu | rng 'gpu' is no cpu or cuda",
        "seed | -1 | seed -1 is below 0; leave it out for one that is derived from the other columns",
        "sampler | eulerr | eulerr",
        "schedule | square | there is no schedule 'square'",
        "init_img | /nowhere/a.png | /nowhere/a.png",
        "strength | 0.5 | a strength needs an initial image",
    })
    void aWrongValueIsNamed(String column, String value, String message) {
        RequestRow row = read(texts("prompt", "a cat", column, value));
        Exception failure = assertThrows(InvalidRequestException.class, row::request);
        assertTrue(failure.getMessage().contains(message), failure.getMessage());
    }

    @Test
    void aRowWithoutPromptOrThatIsDamagedSaysSo() {
        assertEquals("the row has no prompt",
                assertThrows(InvalidRequestException.class, read(texts("prompt", null, "seed", "1"))::request).getMessage());
        assertEquals("the row cannot be read: {\"prompt",
                assertThrows(InvalidRequestException.class, read(texts("prompt", null, "_corrupt_record", "{\"prompt"))::request)
                        .getMessage());
    }

    @Test
    void aColumnThatIsNoFieldIsNamed() {
        StructType schema = new StructType().add("prompt", DataTypes.StringType).add("step", DataTypes.IntegerType);
        Exception failure = assertThrows(InvalidRequestException.class, () -> Requests.requireFields(schema, Set.of()));
        assertTrue(failure.getMessage().startsWith("there is no field 'step' of a request"), failure.getMessage());
        Requests.requireFields(schema, Set.of("step"));
        StructType without = new StructType().add("seed", DataTypes.LongType);
        assertEquals("the input has no column prompt; it has seed",
                assertThrows(InvalidRequestException.class, () -> Requests.requireFields(without, Set.of())).getMessage());
    }
}
