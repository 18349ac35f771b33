//! Indian names by community, the frequent ones first.

/// The community that a name is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Community {
    Hindi,
    Tamil,
    Telugu,
    Kannada,
    Malayali,
    Bengali,
    Marathi,
    Gujarati,
    Punjabi,
    Odia,
    Assamese,
    Muslim,
    Christian,
}

/// The names of a community, each list with the frequent ones first.
pub(super) struct Names {
    /// Women's given names.
    pub(super) women: Vec<&'static str>,
    /// Men's given names.
    pub(super) men: Vec<&'static str>,
    /// Family names; in Tamil names often the father's.
    pub(super) families: Vec<&'static str>,
}

impl Names {
    fn new(women: &'static str, men: &'static str, families: &'static str) -> Self {
        let list = |text: &'static str| text.split_ascii_whitespace().collect();
        Self {
            women: list(women),
            men: list(men),
            families: list(families),
        }
    }
}

/// The names of every community, in the order of [`Community`].
pub(super) fn all() -> [Names; 13] {
    [
        Names::new(HINDI[0], HINDI[1], HINDI[2]),
        Names::new(TAMIL[0], TAMIL[1], TAMIL[2]),
        Names::new(TELUGU[0], TELUGU[1], TELUGU[2]),
        Names::new(KANNADA[0], KANNADA[1], KANNADA[2]),
        Names::new(MALAYALI[0], MALAYALI[1], MALAYALI[2]),
        Names::new(BENGALI[0], BENGALI[1], BENGALI[2]),
        Names::new(MARATHI[0], MARATHI[1], MARATHI[2]),
        Names::new(GUJARATI[0], GUJARATI[1], GUJARATI[2]),
        Names::new(PUNJABI[0], PUNJABI[1], PUNJABI[2]),
        Names::new(ODIA[0], ODIA[1], ODIA[2]),
        Names::new(ASSAMESE[0], ASSAMESE[1], ASSAMESE[2]),
        Names::new(MUSLIM[0], MUSLIM[1], MUSLIM[2]),
        Names::new(CHRISTIAN[0], CHRISTIAN[1], CHRISTIAN[2]),
    ]
}

const HINDI: [&str; 3] = [
    "Priya Sunita Pooja Anjali Neha Kavita Rekha Ritu Suman Geeta Seema Asha Nisha Jyoti Manju Shweta Meena Preeti \
     Aarti Sangeeta Rani Usha Kiran Swati Divya Archana Deepika Rashmi Vandana Shalini Komal Mamta Renu Sarita Poonam \
     Anita Babita Sneha Payal Kajal Garima Richa Sakshi Ananya Aditi Ishita Khushi Muskan Tanvi Kriti Radha Savitri \
     Vidya Bharti Chhaya Indu Lata Madhu Namrata Pallavi",
    "Rahul Amit Rajesh Sanjay Sunil Vijay Manoj Ajay Deepak Vikas Anil Sandeep Ravi Rakesh Mukesh Suresh Ashok Pankaj \
     Rohit Abhishek Vivek Ankit Saurabh Gaurav Nitin Alok Dinesh Mahesh Ramesh Arvind Pradeep Manish Dilip Naveen Arun \
     Harish Yogesh Kamal Shyam Mohan Aditya Shubham Vishal Aakash Nikhil Tarun Varun Himanshu Kunal Mayank Ayush Dev \
     Aarav Vivaan Kartik Lokesh Girish Brijesh Umesh Chandan",
    "Kumar Singh Sharma Gupta Verma Yadav Mishra Tiwari Pandey Agarwal Jain Srivastava Chauhan Rajput Dubey Saxena \
     Shukla Tripathi Joshi Rathore Meena Bansal Goyal Mittal Garg Maheshwari Chaturvedi Dwivedi Thakur Rawat Negi Bisht \
     Malviya Prajapati Kushwaha Maurya Sinha Prasad Jha Choudhary Saini Tomar Solanki Bhardwaj Kashyap Rastogi \
     Khandelwal Vyas Dixit Awasthi",
];

const TAMIL: [&str; 3] = [
    "Lakshmi Priya Kavitha Meena Revathi Deepa Gayathri Vidhya Sangeetha Saranya Divya Nithya Anitha Uma Malathi \
     Bhuvana Janani Keerthana Abirami Kalaivani Vasanthi Selvi Thenmozhi Yamuna Vanitha Shanthi Padma Ramya Swathi \
     Sindhu Mythili Kamala Hema Indhu Nandhini Pavithra Subha Chitra Mahalakshmi Eswari",
    "Karthik Senthil Kumar Suresh Ramesh Murugan Vijay Prakash Balaji Saravanan Arun Ganesh Rajesh Selvam Manikandan \
     Vignesh Prabhu Dinesh Sathish Ashok Gopal Hari Mohan Ravi Shankar Anand Bala Elango Kannan Kathir Loganathan \
     Madhavan Naresh Palani Raghu Sundar Tamilselvan Velu Yuvaraj Aravind",
    "Subramanian Murugan Kumar Krishnan Rajan Raman Natarajan Venkatesan Sundaram Ramasamy Palanisamy Govindan \
     Arumugam Balasubramanian Chandrasekar Iyer Iyengar Pillai Mudaliar Nadar Gounder Swaminathan Ganesan Shanmugam \
     Perumal Annamalai Chidambaram Jayaraman Kandasamy Narayanan Ponnusamy Rajagopal Sivakumar Thangavel Velusamy",
];

const TELUGU: [&str; 3] = [
    "Lakshmi Sravani Swathi Padma Sirisha Anusha Kavitha Madhavi Sunitha Bhavani Haritha Jyothi Lavanya Mounika \
     Navya Prasanna Radhika Sandhya Sujatha Vijaya Aruna Bhargavi Chandana Deepthi Himabindu Keerthi Manasa Niharika \
     Pranathi Ramya Sahithi Tejaswi Usha Vasudha Yamini",
    "Venkatesh Srinivas Ramesh Suresh Ravi Naresh Prasad Mahesh Rajesh Kiran Satish Anil Krishna Praveen Chaitanya \
     Harsha Karthik Murali Nagaraju Pavan Raghu Sai Sandeep Sridhar Teja Uday Vamsi Vinod Bhaskar Chandra Eswar \
     Gopi Hanumantha Jagadish Koteswara Madhu",
    "Reddy Rao Naidu Chowdary Raju Sharma Varma Prasad Kumar Goud Yadav Setty Murthy Babu Gupta Sastry Chary Patnaik \
     Kolli Bandaru Nalla Gadde Kandula Mallela Pasupuleti Tummala Uppala Vemula Yarlagadda Bollineni",
];

const KANNADA: [&str; 3] = [
    "Lakshmi Asha Kavya Shilpa Roopa Savitha Ashwini Bhagya Chaitra Deepa Geetha Hema Jayanthi Latha Manjula Nagaveni \
     Pushpa Rashmi Sahana Shwetha Sudha Sumana Usha Vani Vidya Anusha Bhavya Divya Meghana Namratha Pooja Ramya \
     Sindhu Spoorthi Vasudha",
    "Manjunath Ramesh Suresh Mahesh Kiran Naveen Prakash Raghavendra Santosh Shivakumar Basavaraj Chandrashekar Ganesh \
     Girish Harish Jagadeesh Kumar Lokesh Mohan Nagaraj Pradeep Ravi Sachin Sharath Sunil Umesh Veeresh Vinay Yogesh \
     Abhishek Anand Bharath Darshan Praveen Puneeth",
    "Gowda Rao Hegde Shetty Bhat Patil Kulkarni Murthy Kumar Naik Hiremath Swamy Reddy Acharya Kamath Pai Shenoy \
     Joshi Desai Angadi Biradar Doddamani Gouda Hosamani Kattimani Math Nayak Poojary Prabhu Urs",
];

const MALAYALI: [&str; 3] = [
    "Lakshmi Anjali Sreeja Bindu Deepa Divya Asha Athira Bhavana Chithra Devika Gayathri Greeshma Indu Jaya Kavya \
     Lekha Manju Meera Nimisha Parvathy Rekha Reshma Sandhya Sindhu Smitha Sreelakshmi Sudha Suma Veena",
    "Rajesh Sreejith Anoop Vishnu Arun Unnikrishnan Biju Suresh Manoj Ajith Anil Aravind Deepak Gopakumar Hari Jayan \
     Krishnakumar Mohanan Nandakumar Pradeep Prasanth Rahul Rajeev Ratheesh Sajeev Santhosh Shaji Sunil Vinod Vivek",
    "Nair Menon Pillai Kurup Nambiar Panicker Varma Kumar Krishnan Unni Warrier Namboothiri Gopalan Kaimal Marar \
     Raghavan Sukumaran Thampi Vasudevan Balakrishnan",
];

const BENGALI: [&str; 3] = [
    "Mousumi Sharmila Priyanka Ananya Rituparna Suchitra Moumita Paramita Sohini Debjani Sudeshna Tanushree Aparna \
     Barnali Chandrima Dipanwita Indrani Jhuma Kakali Lopamudra Madhumita Nandini Payel Rina Sanchita Shreya Soma \
     Sutapa Swapna Tapati",
    "Subrata Sourav Arindam Abhijit Partha Debashish Sandip Tapan Anirban Amitava Arnab Biswajit Chiranjit Dipankar \
     Indranil Joydeep Kaushik Manas Niladri Pinaki Prosenjit Rajib Sanjib Shubhankar Somnath Sudip Sujoy Supratim \
     Swapan Uttam",
    "Das Ghosh Banerjee Mukherjee Chatterjee Roy Sen Bose Dutta Mondal Saha Sarkar Chakraborty Bhattacharya Ganguly \
     Biswas Paul Majumdar Mitra Nandi Pal Dey Kar Kundu Sengupta Basu Halder Pramanik Adhikari Guha",
];

const MARATHI: [&str; 3] = [
    "Priya Snehal Ashwini Pooja Manisha Vaishali Swati Sunita Kavita Rupali Shubhangi Jyoti Archana Madhuri Pallavi \
     Sayali Tejaswini Varsha Anagha Deepali Gauri Ketaki Mrunal Neelam Prajakta Rutuja Sonal Supriya Ujwala Vrushali",
    "Sachin Rahul Ganesh Amol Nilesh Sandip Prashant Mahesh Santosh Yogesh Akshay Sagar Vaibhav Swapnil Tushar Ajit \
     Aniket Avinash Bhushan Chetan Dattatray Hrishikesh Kedar Mangesh Nitin Omkar Pravin Rohan Shrikant Vinayak",
    "Patil Deshmukh Kulkarni Jadhav Shinde Pawar More Joshi Gaikwad Deshpande Chavan Kadam Kale Bhosale Mane Sawant \
     Salunkhe Thorat Wagh Apte Bapat Dixit Gokhale Kelkar Lokhande Mahajan Naik Phadke Rane Sathe",
];

const GUJARATI: [&str; 3] = [
    "Hetal Komal Nisha Bhavna Dipti Jagruti Kajal Krupa Minal Payal Pinal Rinku Sejal Sonal Urvashi Vaishali Ami Avani \
     Bhumi Chandni Daksha Falguni Heena Janki Kinjal Mital Nikita Parul Riddhi Trupti",
    "Jignesh Hardik Bhavesh Chirag Dhaval Hitesh Jayesh Kalpesh Ketan Mehul Mitesh Nilesh Nirav Paresh Parth Piyush \
     Pratik Rajesh Rakesh Sandip Sanjay Tejas Umesh Vipul Yash Ankit Bharat Darshan Harsh Kirit",
    "Patel Shah Mehta Desai Parmar Solanki Chauhan Joshi Trivedi Modi Bhatt Dave Pandya Vyas Prajapati Rathod Makwana \
     Panchal Soni Thakkar Amin Barot Chaudhari Gohil Jadeja Kapadia Lakhani Raval Vaghela Zaveri",
];

const PUNJABI: [&str; 3] = [
    "Harpreet Simran Manpreet Jaspreet Gurpreet Amandeep Rajwinder Kulwinder Navneet Parminder Sukhwinder Baljit Daljit \
     Hardeep Jasleen Kiran Loveleen Mandeep Neelam Paramjit Ravneet Sandeep Tarandeep Veerpal Anmol",
    "Gurpreet Harpreet Manpreet Jaspreet Amandeep Rajinder Sukhdev Balwinder Jagdeep Kuldeep Lakhwinder Mandeep \
     Narinder Parminder Ranjit Satnam Tejinder Varinder Arshdeep Charanjit Davinder Gagandeep Hardeep Inderjit Jatinder",
    "Singh Kaur Gill Sandhu Sidhu Dhillon Grewal Arora Khanna Kapoor Malhotra Chopra Bhatia Ahuja Sethi Anand Bedi \
     Brar Chawla Dhaliwal Kohli Mann Sahni Sodhi Walia",
];

const ODIA: [&str; 3] = [
    "Sasmita Itishree Sujata Lopamudra Pratima Mamata Sabita Swagatika Subhashree Barsha Anjali Bijayalaxmi Kalyani \
     Madhusmita Namita",
    "Santosh Manoj Bikash Pradeep Rakesh Subhash Ashok Biswajit Chinmaya Debasis Jyoti Prasanta Ranjan Sambit Tapas",
    "Mohanty Sahoo Das Pradhan Behera Nayak Mishra Panda Rout Swain Jena Dash Patra Biswal Satapathy",
];

const ASSAMESE: [&str; 3] = [
    "Rimpi Jonali Mitali Bornali Dipali Himakshi Juri Karabi Manashi Nibedita Pallabi Rashmi Trishna",
    "Bhaskar Dhruba Hemanta Jayanta Kamal Manash Nayan Pranjal Rituraj Utpal Anupam Bikram Diganta",
    "Das Bora Kalita Saikia Gogoi Baruah Deka Hazarika Sarma Borah Dutta Phukan Talukdar",
];

const MUSLIM: [&str; 3] = [
    "Fatima Ayesha Shabana Nazia Rukhsana Sana Zainab Farzana Nasreen Rehana Shaheen Yasmin Afreen Asma Hina Mehnaz \
     Noor Parveen Razia Saba Salma Sumaiya Tabassum Zeenat Heena",
    "Mohammed Imran Salman Irfan Arif Shahid Asif Javed Faisal Naseem Rizwan Sajid Wasim Zubair Abdul Aamir Feroz \
     Habib Iqbal Junaid Kamran Nadeem Parvez Rashid Yusuf",
    "Khan Ansari Shaikh Ahmed Siddiqui Ali Hussain Qureshi Pathan Mirza Sheikh Malik Hashmi Saiyed Memon Farooqui \
     Rahman Beg Kazi Mansuri",
];

const CHRISTIAN: [&str; 3] = [
    "Mary Anna Sheeba Jincy Elizabeth Rose Sara Teresa Maria Susan Angela Bency Celine Daisy Grace Helen Jessy Liya \
     Merlin Nancy",
    "Joseph Thomas John George Jacob Mathew Antony Paul Francis Abraham Sebastian Philip Benny Cyril Denzil Jerin \
     Kevin Lijo Melvin Roy",
    "Thomas Mathew George Joseph Varghese Jacob Fernandes Dsouza Kurian Pereira Chacko Rodrigues Cherian Philip \
     Pinto John Lobo Mascarenhas Samuel Xavier",
];

/// Names that are written in Devanagari, each with its Latin spelling for the email: women's, men's and family names.
pub(super) const DEVANAGARI: [&[(&str, &str)]; 3] = [
    &[
        ("priya", "प्रिया"),
        ("sunita", "सुनीता"),
        ("anjali", "अंजलि"),
        ("kavita", "कविता"),
        ("rekha", "रेखा"),
        ("asha", "आशा"),
        ("neha", "नेहा"),
        ("geeta", "गीता"),
        ("meena", "मीना"),
        ("jyoti", "ज्योति"),
        ("savitri", "सावित्री"),
        ("vidya", "विद्या"),
    ],
    &[
        ("rajesh", "राजेश"),
        ("rahul", "राहुल"),
        ("amit", "अमित"),
        ("sanjay", "संजय"),
        ("sunil", "सुनील"),
        ("vijay", "विजय"),
        ("manoj", "मनोज"),
        ("deepak", "दीपक"),
        ("ganesh", "गणेश"),
        ("ramesh", "रमेश"),
        ("mohan", "मोहन"),
        ("vishnu", "विष्णु"),
    ],
    &[
        ("sharma", "शर्मा"),
        ("kumar", "कुमार"),
        ("singh", "सिंह"),
        ("gupta", "गुप्ता"),
        ("verma", "वर्मा"),
        ("yadav", "यादव"),
        ("mishra", "मिश्रा"),
        ("patil", "पाटील"),
        ("deshmukh", "देशमुख"),
        ("kulkarni", "कुलकर्णी"),
        ("joshi", "जोशी"),
        ("tiwari", "तिवारी"),
        ("jadhav", "जाधव"),
        ("shinde", "शिंदे"),
    ],
];
