package stablediffusion.weights.adapter;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import stablediffusion.model.UserException;
import stablediffusion.model.graph.Weight;
import stablediffusion.model.network.ClipTextEncoder;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.text.Tokenizer;
import stablediffusion.model.text.Tokenizer.EmbeddingWord;
import stablediffusion.model.weights.ModelDirectory;
import stablediffusion.weights.ConversionProgress;
import stablediffusion.weights.Converter;
import stablediffusion.weights.Resources;
import stablediffusion.weights.TestCheckpoints;
import stablediffusion.weights.TinyShapes;
import stablediffusion.weights.checkpoint.ElementType;
import stablediffusion.weights.checkpoint.TensorSpec;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class TextualInversionEmbeddingsTest {
    @TempDir
    Path folder;

    /** As the web UI pickles an embedding, as the original code does, and as safetensors: number i of the two vectors of 64 is i / 64 - 1. */
    @ParameterizedTest
    @ValueSource(strings = {"learned-word-webui.pt", "learned-word-original.pt", "learned-word.safetensors"})
    void readsEveryFormat(String name) {
        TextualInversion embedding = TextualInversion.read(Resources.file(name));
        assertEquals(name.substring(0, name.lastIndexOf('.')), embedding.name());
        assertEquals(2, embedding.vectors().size());
        for (int i = 0; i < 128; i++) {
            assertEquals(i / 64f - 1, embedding.vectors().get(i / 64)[i % 64]);
        }
    }

    @Test
    void followTheRowsOfTheTokenTable() {
        ModelDirectory model =
                Converter.convert(TinyShapes.CHECKPOINT, folder.resolve("tiny"), Converter.Options.standard(), ConversionProgress.NONE);
        TextualInversion first = new TextualInversion("cat-toy", Path.of("cat-toy.pt"), List.of(row(1), row(2)));
        TextualInversion second = new TextualInversion("style", Path.of("style.pt"), List.of(row(3)));
        TextualInversionEmbeddings embeddings = new TextualInversionEmbeddings(model.configuration(), List.of(first, second));
        Configuration longer = embeddings.configuration();
        assertEquals(Tokenizer.VOCABULARY + 3, longer.text().vocabulary());
        assertEquals(List.of(new EmbeddingWord("cat-toy", 2), new EmbeddingWord("style", 1)), embeddings.words());

        Weight table = ClipTextEncoder.graph(longer.text(), 1).weights().getFirst();
        Weight known = ClipTextEncoder.graph(model.configuration().text(), 1).weights().getFirst();
        try (Arena arena = Arena.ofConfined()) {
            float[] rows = embeddings.weights(model).read(table, arena).toFloats();
            float[] knownRows = model.read(known, arena).toFloats();
            assertArrayEquals(knownRows, Arrays.copyOf(rows, knownRows.length));
            int[] ids = new Tokenizer(embeddings.words()).encode("a style of cat-toy").stream().mapToInt(Integer::intValue).toArray();
            assertArrayEquals(row(3), rowOf(rows, ids[1]));
            assertArrayEquals(row(1), rowOf(rows, ids[3]));
            assertArrayEquals(row(2), rowOf(rows, ids[4]));
            Weight other = ClipTextEncoder.graph(longer.text(), 1).weights().get(1);
            assertArrayEquals(model.read(other, arena).toFloats(), embeddings.weights(model).read(other, arena).toFloats());
        }
    }

    @Test
    void refusesAnEmbeddingForAnotherModelAndOtherFiles() {
        TextualInversion embedding = TextualInversion.read(Resources.file("learned-word.safetensors"));
        UserException other =
                assertThrows(UserException.class, () -> new TextualInversionEmbeddings(Configuration.v1(), List.of(embedding)));
        assertTrue(other.getMessage().contains("have 64 numbers, this model's text encoder takes 768"), other.getMessage());
        UserException none = assertThrows(UserException.class, () -> TextualInversion.read(TinyShapes.CHECKPOINT));
        assertTrue(none.getMessage().contains("holds no embedding"), none.getMessage());
        assertThrows(UserException.class, () -> TextualInversion.read(folder.resolve("missing.pt")));
        Path many = folder.resolve("many.safetensors");
        TestCheckpoints.writeZeros(many, List.of(new TensorSpec("emb_params", ElementType.F32, List.of(100_000, 1))));
        UserException tooMany = assertThrows(UserException.class, () -> TextualInversion.read(many));
        assertTrue(tooMany.getMessage().contains("has 100000 vectors, at most 1000 are read"), tooMany.getMessage());
    }

    private static float[] row(float value) {
        float[] row = new float[64];
        Arrays.fill(row, value);
        return row;
    }

    private static float[] rowOf(float[] table, int id) {
        return Arrays.copyOfRange(table, id * 64, id * 64 + 64);
    }
}
