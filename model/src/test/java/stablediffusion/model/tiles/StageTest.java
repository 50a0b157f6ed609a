package stablediffusion.model.tiles;

import org.junit.jupiter.api.Test;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Operation.GroupNorm;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.network.Vae;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class StageTest {
    private final Graph decoder = Vae.decoder(Configuration.v1().vae(), 1, 40, 24);
    private final Graph encoder = Vae.encoder(Configuration.v1().vae(), 1, 320, 192);

    @Test
    void stagesHoldEveryOperationButGroupNormalizationsOnce() {
        for (Graph graph : List.of(decoder, encoder)) {
            List<Operation> ofStages =
                    Stage.cut(graph).stream().flatMap(stage -> stage.operations().stream()).toList();
            Set<Operation> expected = graph.operations().stream()
                    .filter(operation -> !(operation instanceof GroupNorm))
                    .collect(Collectors.toSet());
            assertEquals(expected.size(), ofStages.size());
            assertEquals(expected, Set.copyOf(ofStages));
        }
    }

    @Test
    void onlyTheMiddleOfTheVaeHasAttentionAndNoTiles() {
        for (Graph graph : List.of(decoder, encoder)) {
            List<Stage> whole = Stage.cut(graph).stream().filter(stage -> !stage.isLocal()).toList();
            assertEquals(1, whole.size());
            assertEquals(new Shape(1, 40, 24, 512), whole.getFirst().inputShape());
        }
    }

    /** At most two convolutions of 3x3 follow one another. */
    @Test
    void stagesSeeTwoPixelsFar() {
        for (Graph graph : List.of(decoder, encoder)) {
            Stage.cut(graph).stream().filter(Stage::isLocal).forEach(stage -> assertEquals(2, stage.halo(), () -> stage.output().name()));
        }
    }

    @Test
    void tilesHaveTheStagesShapesAtTheirOwnSize() {
        for (Graph graph : List.of(decoder, encoder)) {
            for (Stage stage : Stage.cut(graph)) {
                Graph tile = TileGraph.of(graph.name(), stage, 16, 8);
                Shape in = stage.inputShape();
                Shape out = stage.output().shape();
                assertEquals(new Shape(1, 16, 8, in.channels()), tile.inputs().getFirst().shape());
                Shape expected = new Shape(1, 16 * out.height() / in.height(), 8 * out.width() / in.width(), out.channels());
                assertEquals(expected, tile.output().shape());
                assertEquals(tile.inputs().size(), tile.inputs().stream().map(input -> input.name()).distinct().count());
            }
        }
    }

    @Test
    void rangesAnswerForEveryPixelOnceAndReadTheirHalo() {
        for (int size = 1; size <= 70; size++) {
            int next = 0;
            int length = Math.min(16, size);
            for (TileRange range : TileRange.cover(size, 16, 2)) {
                assertEquals(next, range.from());
                assertTrue(range.to() > range.from());
                assertTrue(range.start() >= 0 && range.start() + length <= size);
                assertTrue(range.from() == 0 || range.from() - range.start() >= 2);
                assertTrue(range.to() == size || range.start() + length - range.to() >= 2);
                next = range.to();
            }
            assertEquals(size, next);
        }
    }

    @Test
    void tilesThatHoldOnlyTheirHaloAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> TileRange.cover(20, 4, 2));
    }
}
