import java.io.File;
import java.util.Set;
import java.util.TreeSet;
import org.jgrapht.Graph;
import org.jgrapht.graph.DefaultWeightedEdge;
import org.jgrapht.graph.DirectedWeightedPseudograph;
import org.jgrapht.nio.graphml.GraphMLImporter;

/** Reads GraphML, checked against its schema; prints nodes, edges, weight and labels. */
public class Read {
  public static void main(String[] arguments) {
    Graph<String, DefaultWeightedEdge> graph =
        new DirectedWeightedPseudograph<>(DefaultWeightedEdge.class);
    GraphMLImporter<String, DefaultWeightedEdge> importer = new GraphMLImporter<>();
    Set<String> labels = new TreeSet<>();
    importer.setVertexFactory(id -> id);
    importer.setSchemaValidation(true);
    importer.addVertexAttributeConsumer(
        (key, value) -> {
          if (key.getSecond().equals("label")) labels.add(value.getValue());
        });
    importer.importGraph(graph, new File(arguments[0]));
    double weight = 0;
    for (DefaultWeightedEdge edge : graph.edgeSet()) weight += graph.getEdgeWeight(edge);
    System.out.println(graph.vertexSet().size() + " " + graph.edgeSet().size());
    System.out.println(weight);
    for (String label : labels) System.out.println(label);
  }
}
