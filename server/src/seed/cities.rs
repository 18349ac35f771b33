//! Where customers live: cities with their states, areas with their own PIN codes, streets and buildings.

use app::base::units::Kbps;
use app::plans::model::PlanType;

use super::names::Community::{self, *};
use super::rng::SeededRng;

/// A city.
pub(super) struct City {
    /// Its name.
    pub(super) name: &'static str,
    /// One of [`app::base::contact::STATES`].
    pub(super) state: &'static str,
    /// Its population in lakh (100,000): how often it is chosen.
    pub(super) weight: u32,
    /// The largest community of the city.
    pub(super) home: Community,
    /// Areas with their PIN codes, the large ones first.
    pub(super) areas: Vec<(&'static str, &'static str)>,
}

impl City {
    /// The areas where customers live: those where every plan can be had. Leads ask from the others, too.
    pub(super) fn served_areas(&self) -> &[(&'static str, &'static str)] {
        // The smallest areas, which are named last, are to be connected yet.
        let rest = self.areas.len().saturating_sub(2).min(2);
        &self.areas[..self.areas.len() - rest]
    }

    /// What is offered in an area, by its place: every plan, or no more than a slow wireless one, or nothing.
    pub(super) fn service(&self, place: usize) -> Option<(&'static [PlanType], Kbps)> {
        if place < self.served_areas().len() {
            return Some((PlanType::ALL, Kbps::mbps(1_000)));
        }
        (place + 1 < self.areas.len()).then_some((&[PlanType::Wireless], Kbps::mbps(100)))
    }
}

/// The cities that the provider serves.
pub(super) struct CityTable {
    cities: Vec<City>,
    /// For each city the sum of the weights up to and including its own.
    sums: Vec<u32>,
}

impl CityTable {
    pub(super) fn new() -> Self {
        let cities: Vec<City> = CITIES.iter().map(read_city).collect();
        let sums = cities.iter().scan(0, |sum, city| {
            *sum += city.weight;
            Some(*sum)
        });
        Self {
            sums: sums.collect(),
            cities,
        }
    }

    /// A city, a large one more often.
    pub(super) fn pick(&self, rng: &mut SeededRng) -> &City {
        let total = self.sums.last().copied().unwrap_or(1);
        let drawn = rng.below(u64::from(total)) as u32;
        &self.cities[self.sums.partition_point(|sum| *sum <= drawn)]
    }

    /// All of them.
    pub(super) fn all(&self) -> &[City] {
        &self.cities
    }
}

type Row = (&'static str, &'static str, u32, Community, &'static str);

fn read_city((name, state, weight, home, areas): &Row) -> City {
    City {
        name,
        state,
        weight: *weight,
        home: *home,
        areas: areas.split(", ").filter_map(|area| area.rsplit_once(' ')).collect(),
    }
}

/// A house in a street of an area: `Flat 302, Sai Residency, 4th Cross, Indiranagar`.
pub(super) fn address_line(rng: &mut SeededRng, area: &str) -> String {
    let street = rng.pick_skewed(STREETS);
    match rng.below(10) {
        0..4 => {
            let flat = rng.between(1, 9) * 100 + rng.between(1, 8);
            let building = rng.pick_skewed(BUILDINGS);
            let kind = rng.pick(&["Residency", "Apartments", "Towers", "Enclave", "Heights", "Nivas"]);
            format!("Flat {flat}, {building} {kind}, {street}, {area}")
        }
        4..7 => format!("{}, {street}, {area}", rng.between(1, 240)),
        7..9 => {
            let letter = char::from(b'A' + rng.below(8) as u8);
            format!("House {letter}-{}, {street}, {area}", rng.between(1, 180))
        }
        _ => {
            let (house, part) = (rng.between(1, 60), rng.between(1, 30));
            format!("No. {house}/{part}, {street}, {area}")
        }
    }
}

#[rustfmt::skip] // a list to be read as one
const STREETS: &[&str] = &[
    "Main Road", "Station Road", "MG Road", "Temple Street", "1st Cross", "2nd Main", "Gandhi Road", "4th Cross",
    "Nehru Street", "Market Road", "School Road", "Lake View Road", "Park Street", "Church Road", "Ambedkar Road",
    "Subhash Marg", "Tilak Road", "Patel Marg", "Canal Road", "Hospital Road", "College Road", "Bypass Road",
    "Ring Road", "Mosque Street", "Gurudwara Road", "Old Post Office Road", "Rajaji Street", "Shivaji Marg",
    "Bank Colony Road", "Sector Road",
];

#[rustfmt::skip] // a list to be read as one
const BUILDINGS: &[&str] = &[
    "Sai", "Shanti", "Lakshmi", "Krishna", "Ganga", "Green Park", "Shree Ganesh", "Om", "Royal", "Sunrise", "Anand",
    "Lotus", "Silver Oak", "Surya", "Kaveri", "Ashirwad", "Mahavir", "Vasant", "Golden", "Prestige Garden",
    "Brindavan", "Nandanavanam", "Tulsi", "Palm Grove",
];

/// Name, state, population in lakh, largest community, areas with their PIN codes. Plausible, for a demonstration: neither the
/// populations nor the PIN codes were checked against a directory.
#[rustfmt::skip] // a table to be read as one
const CITIES: &[Row] = &[
    ("Mumbai", "Maharashtra", 205, Marathi,
     "Andheri West 400058, Borivali West 400092, Dadar 400014, Malad West 400064, Bandra West 400050, Powai 400076, \
      Mulund West 400080, Chembur 400071, Colaba 400005"),
    ("Delhi", "Delhi", 190, Hindi,
     "Rohini 110085, Dwarka 110075, Laxmi Nagar 110092, Saket 110017, Karol Bagh 110005, Janakpuri 110058, \
      Pitampura 110034, Lajpat Nagar 110024, Vasant Kunj 110070"),
    ("Bengaluru", "Karnataka", 125, Kannada,
     "Whitefield 560066, Jayanagar 560041, Indiranagar 560038, Koramangala 560034, Marathahalli 560037, \
      Rajajinagar 560010, Malleshwaram 560003, Yelahanka 560064, BTM Layout 560076, Electronic City 560100"),
    ("Hyderabad", "Telangana", 100, Telugu,
     "Kukatpally 500072, Madhapur 500081, Gachibowli 500032, Ameerpet 500016, Banjara Hills 500034, Dilsukhnagar 500060, \
      Begumpet 500016, Uppal 500039"),
    ("Chennai", "Tamil Nadu", 100, Tamil,
     "Velachery 600042, Anna Nagar 600040, T Nagar 600017, Adyar 600020, Porur 600116, Mylapore 600004, Tambaram 600045, \
      Perambur 600011"),
    ("Kolkata", "West Bengal", 141, Bengali,
     "Salt Lake 700064, Behala 700034, Garia 700084, Ballygunge 700019, Dum Dum 700028, Jadavpur 700032, \
      New Town 700156, Tollygunge 700033"),
    ("Ahmedabad", "Gujarat", 72, Gujarati,
     "Maninagar 380008, Satellite 380015, Navrangpura 380009, Vastrapur 380015, Bopal 380058, Naranpura 380013"),
    ("Pune", "Maharashtra", 65, Marathi,
     "Kothrud 411038, Hadapsar 411028, Wakad 411057, Baner 411045, Viman Nagar 411014, Aundh 411007, Katraj 411046"),
    ("Surat", "Gujarat", 60, Gujarati,
     "Adajan 395009, Varachha 395006, Katargam 395004, Athwa 395007, Udhna 394210"),
    ("Jaipur", "Rajasthan", 40, Hindi,
     "Mansarovar 302020, Malviya Nagar 302017, Vaishali Nagar 302021, Jhotwara 302012, Jagatpura 302017"),
    ("Lucknow", "Uttar Pradesh", 36, Hindi,
     "Gomti Nagar 226010, Indira Nagar 226016, Aliganj 226024, Alambagh 226005, Hazratganj 226001"),
    ("Kanpur", "Uttar Pradesh", 31, Hindi, "Kidwai Nagar 208011, Kalyanpur 208017, Swaroop Nagar 208002, Govind Nagar 208006"),
    ("Nagpur", "Maharashtra", 28, Marathi, "Dharampeth 440010, Manish Nagar 440015, Sadar 440001, Nandanvan 440009"),
    ("Indore", "Madhya Pradesh", 25, Hindi, "Vijay Nagar 452010, Palasia 452001, Rajendra Nagar 452012, Sudama Nagar 452009"),
    ("Bhopal", "Madhya Pradesh", 22, Hindi, "Kolar Road 462042, Arera Colony 462016, MP Nagar 462011, Bairagarh 462030"),
    ("Patna", "Bihar", 22, Hindi, "Kankarbagh 800020, Boring Road 800001, Rajendra Nagar 800016, Danapur 801503"),
    ("Coimbatore", "Tamil Nadu", 22, Tamil, "RS Puram 641002, Peelamedu 641004, Saravanampatti 641035, Singanallur 641005"),
    ("Kochi", "Kerala", 22, Malayali, "Edappally 682024, Kakkanad 682030, Kaloor 682017, Palarivattom 682025, Fort Kochi 682001"),
    ("Visakhapatnam", "Andhra Pradesh", 21, Telugu, "MVP Colony 530017, Gajuwaka 530026, Dwaraka Nagar 530016, Madhurawada 530048"),
    ("Vadodara", "Gujarat", 20, Gujarati, "Alkapuri 390007, Gotri 390021, Manjalpur 390011, Fatehgunj 390002"),
    ("Ludhiana", "Punjab", 17, Punjabi, "Model Town 141002, Dugri 141013, Civil Lines 141001, Sarabha Nagar 141001"),
    ("Agra", "Uttar Pradesh", 17, Hindi, "Dayal Bagh 282005, Tajganj 282001, Kamla Nagar 282005"),
    ("Nashik", "Maharashtra", 17, Marathi, "Nashik Road 422101, Cidco 422009, Gangapur Road 422013"),
    ("Thiruvananthapuram", "Kerala", 17, Malayali, "Pattom 695004, Kazhakkoottam 695582, Vattiyoorkavu 695013"),
    ("Vijayawada", "Andhra Pradesh", 15, Telugu, "Benz Circle 520010, Labbipet 520010, Gunadala 520004"),
    ("Madurai", "Tamil Nadu", 15, Tamil, "KK Nagar 625020, Anna Nagar 625020, Simmakkal 625001"),
    ("Rajkot", "Gujarat", 14, Gujarati, "Kalawad Road 360005, Raiya Road 360007, Mavdi 360004"),
    ("Meerut", "Uttar Pradesh", 14, Hindi, "Shastri Nagar 250004, Ganga Nagar 250001"),
    ("Faridabad", "Haryana", 14, Hindi, "NIT 121001, Ballabgarh 121004, Old Faridabad 121002"),
    ("Varanasi", "Uttar Pradesh", 14, Hindi, "Lanka 221005, Sigra 221010, Bhelupur 221010"),
    ("Srinagar", "Jammu and Kashmir", 12, Muslim, "Rajbagh 190008, Lal Chowk 190001, Soura 190011"),
    ("Ranchi", "Jharkhand", 12, Hindi, "Doranda 834002, Lalpur 834001, Harmu 834002"),
    ("Raipur", "Chhattisgarh", 11, Hindi, "Shankar Nagar 492007, Tatibandh 492099, Telibandha 492001"),
    ("Chandigarh", "Chandigarh", 11, Punjabi, "Sector 22 160022, Sector 35 160035, Manimajra 160101"),
    ("Guwahati", "Assam", 11, Assamese, "Beltola 781028, Dispur 781006, Maligaon 781011"),
    ("Gurugram", "Haryana", 11, Hindi, "DLF Phase 1 122002, Sector 14 122001, Sohna Road 122018"),
    ("Mysuru", "Karnataka", 10, Kannada, "Kuvempunagar 570023, Vijayanagar 570017, Gokulam 570002"),
    ("Tiruchirappalli", "Tamil Nadu", 10, Tamil, "Srirangam 620006, Thillai Nagar 620018, KK Nagar 620021"),
    ("Bhubaneswar", "Odisha", 10, Odia, "Patia 751024, Saheed Nagar 751007, Nayapalli 751012"),
    ("Jodhpur", "Rajasthan", 10, Hindi, "Sardarpura 342003, Ratanada 342011, Chopasni 342008"),
    ("Hubballi", "Karnataka", 9, Kannada, "Vidyanagar 580031, Keshwapur 580023, Gokul Road 580030"),
    ("Amritsar", "Punjab", 11, Punjabi, "Ranjit Avenue 143001, Lawrence Road 143001, Chheharta 143105"),
    ("Warangal", "Telangana", 8, Telugu, "Hanamkonda 506001, Kazipet 506003"),
    ("Guntur", "Andhra Pradesh", 7, Telugu, "Brodipet 522002, Arundelpet 522002, Lakshmipuram 522007"),
    ("Siliguri", "West Bengal", 7, Bengali, "Pradhan Nagar 734003, Sevoke Road 734001"),
    ("Dehradun", "Uttarakhand", 7, Hindi, "Rajpur Road 248001, Clement Town 248002, Vasant Vihar 248006"),
    ("Mangaluru", "Karnataka", 6, Kannada, "Kadri 575002, Bejai 575004, Surathkal 575014"),
    ("Jammu", "Jammu and Kashmir", 6, Hindi, "Gandhi Nagar 180004, Trikuta Nagar 180012"),
    ("Kozhikode", "Kerala", 12, Malayali, "Mavoor Road 673004, Medical College 673008, Feroke 673631"),
    ("Puducherry", "Puducherry", 6, Tamil, "Lawspet 605008, White Town 605001, Muthialpet 605003"),
    ("Cuttack", "Odisha", 6, Odia, "Buxi Bazaar 753001, CDA Sector 9 753014"),
    ("Thrissur", "Kerala", 6, Malayali, "Ollur 680306, Ayyanthole 680003, Punkunnam 680002"),
    ("Panaji", "Goa", 3, Christian, "Miramar 403001, Caranzalem 403002, Porvorim 403521"),
    ("Shimla", "Himachal Pradesh", 2, Hindi, "Sanjauli 171006, New Shimla 171009"),
    ("Shillong", "Meghalaya", 3, Christian, "Laitumkhrah 793003, Police Bazar 793001"),
    ("Agartala", "Tripura", 4, Bengali, "Banamalipur 799001, Krishnanagar 799001"),
];
